import { ApiaryError } from '../../lib/errors.ts';

/** The ApiaryError that a call throws; fails when it throws none or another one. */
export function refusal(act: () => unknown): ApiaryError {
  try {
    act();
  } catch (error) {
    if (error instanceof ApiaryError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

/** The ApiaryError that a promise is rejected with; fails when it resolves, or is rejected with another one. */
export async function rejection(promise: Promise<unknown>): Promise<ApiaryError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof ApiaryError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}
