import { ApiaryError } from '../../errors.ts';

/** Whether a job was created, or why it could not be stored. */
export type SaveAnswer = boolean | Error;

/** Reads out of what `store.lua` returns what became of the job in a place, from 1. */
export function answerAt(reply: readonly number[], place: number): SaveAnswer {
  if (reply.length === 0) return true;
  return reply.includes(-place) ? fullQueue() : !reply.includes(place);
}

/** What is said to a job for which its queue has no room; nothing of it is stored. */
export function fullQueue(): ApiaryError {
  return new ApiaryError('QUEUE_FULL', 'as many jobs wait in the queue as its limit maxWaiting allows');
}
