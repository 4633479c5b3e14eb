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
