import type { RequestHandler, Response } from 'express';
import { ALL_RIGHTS, coversAll, coversQueue, type KeyRights } from '../../key-rights.ts';
import { httpProblem, ProblemError } from '../problem.ts';
import type { ApiRoute } from './api-route.ts';
import type { ApiKey } from './bearer.ts';

/** Who makes a call. */
export interface Caller {
  /** The name of its key, or `api` where no key is asked for. */
  readonly name: string;
  readonly rights: KeyRights;
  /** The keys among which its own was found; none where no key is asked for. */
  readonly keys: readonly ApiKey[];
}

/** Whoever calls where no key is asked for. */
export const ANYBODY: Caller = { name: 'api', rights: ALL_RIGHTS, keys: [] };

const callers = new WeakMap<Response, Caller>();

/** Takes note of who makes the call that is answered by this response. */
export function noteCaller(response: Response, caller: Caller): void {
  callers.set(response, caller);
}

/** Who makes the call that is answered by this response; anybody where no key was asked for. */
export function callerOf(response: Response): Caller {
  return callers.get(response) ?? ANYBODY;
}

/**
 * Refuses a call with 403 unless its key has the scope of the route, and the queue in its path. A route without a
 * queue there is for keys of all queues alone, unless it keeps to those of the key by itself.
 */
export function requireAccess(one: Pick<ApiRoute, 'scope' | 'path' | 'narrows'>): RequestHandler {
  return (request, response, next) => {
    requireRight(one, callerOf(response), request.params['queue']);
    next();
  };
}

/** Throws a problem of status 403 unless a caller may make the call of a route, about the queue in its path. */
export function requireRight(
  { scope, path, narrows }: Pick<ApiRoute, 'scope' | 'path' | 'narrows'>,
  { name, rights }: Caller,
  queue: unknown,
): void {
  if (!rights.scopes.includes(scope)) {
    const has = rights.scopes.join(' and ');
    throw forbidden(`this call needs a key with the scope ${scope}; the key ${name} has ${has}`);
  }
  if (path.includes('{queue}')) requireQueueOf(rights, String(queue));
  else if (!narrows && !coversAll(rights)) throw forbidden('this call needs a key of all queues');
}

/** Throws a problem of status 403 unless the queue is one of the key. */
export function requireQueueOf(rights: KeyRights, queue: string): void {
  if (!coversQueue(rights, queue)) throw forbidden(`queue ${queue} is none of those of the key`);
}

function forbidden(detail: string): ProblemError {
  return new ProblemError(httpProblem(403, detail));
}
