import type { Response } from 'express';

/** Makes a signal that aborts when the answer is sent, or when whoever asked is gone. */
export function goneSignal(response: Response): AbortSignal {
  const gone = new AbortController();
  if (response.destroyed) gone.abort();
  response.once('close', () => gone.abort());
  return gone.signal;
}
