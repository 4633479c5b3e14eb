import { ApiaryError } from '../errors.ts';

/** What a handler is told that works on a job which is not its own any more. */
export function claimLost(id: string): ApiaryError {
  const message = `the claim on job ${id} is gone: its lease lapsed or it was removed; this attempt is to stop`;
  return new ApiaryError('JOB_LOST', message);
}

/** What a handler is told that goes on after its attempt has ended. */
export function attemptEnded(id: string): ApiaryError {
  return new ApiaryError('JOB_LOST', `this attempt at job ${id} has ended; it is to stop`);
}
