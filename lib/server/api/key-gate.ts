import type { Request, RequestHandler, Response } from 'express';
import { ALL_RIGHTS } from '../../key-rights.ts';
import type { Logger } from '../../logger.ts';
import { goneSignal } from '../gone-signal.ts';
import { httpProblem, ProblemError, sendProblem } from '../problem.ts';
import { ANYBODY, type Caller, callerOf, noteCaller, requireRight } from './access.ts';
import type { ApiRoute } from './api-route.ts';
import { type ApiKey, findKey } from './bearer.ts';
import { createKeyFailures, type KeyFailure } from './key-failures.ts';

/** What asking for keys works with. */
export interface KeyGateDeps {
  /** The keys that open the API; with none it is open to all. They may be others at each look. */
  readonly keys: readonly ApiKey[];
  log: Logger;
  /** Called at each use of a key that fails; default: it is only logged. */
  countKeyFailure?: (why: KeyFailure) => void;
  /** Told what to call when the keys have become others; default: they never do. */
  onKeysReplaced?: (changed: () => void) => void;
}

type AskedRoute = Pick<ApiRoute, 'scope' | 'path' | 'narrows'>;

const REFUSAL = httpProblem(401, 'a known key is needed: Authorization: Bearer <secret>');

/** Asks whoever calls for a key; and again, where a call is long and the keys may have become others meanwhile. */
export class KeyGate {
  readonly #deps: KeyGateDeps;
  /** Those that are held, and what throws where one of them would be refused now. */
  readonly #held = new Map<AbortController, () => void>();
  /** Who calls with each key: the same for all its calls. */
  readonly #callers = new WeakMap<ApiKey, Caller>();

  constructor(deps: KeyGateDeps) {
    this.#deps = deps;
    deps.onKeysReplaced?.(() => this.#recheck());
  }

  /** Answers 401 without a known key, and takes note of who calls; counts and logs those that have none. */
  enter(): RequestHandler {
    const { log, countKeyFailure } = this.#deps;
    const tell = createKeyFailures({ log, ...(countKeyFailure && { count: countKeyFailure }) });
    return (request, response, next) => {
      const caller = this.#callerOf(request);
      if (caller === null) {
        const why = request.headers.authorization === undefined ? 'missing' : 'wrong';
        tell({ why, address: request.socket.remoteAddress ?? '', method: request.method });
        return sendProblem(response, REFUSAL, { 'WWW-Authenticate': 'Bearer' });
      }
      if (caller !== ANYBODY && log.writes?.('debug') !== false)
        log.debug('call with a key', { key: caller.name, method: request.method, path: request.path });
      noteCaller(response, caller);
      next();
    };
  }

  /** Throws a problem unless whoever calls may still do so: its key is known, and good for the call. */
  requireStill(one: AskedRoute, request: Request, response: Response): void {
    const { keys } = callerOf(response);
    if (keys === this.#deps.keys || (keys.length === 0 && this.#deps.keys.length === 0)) return;
    const caller = this.#callerOf(request);
    if (caller === null) throw new ProblemError(REFUSAL);
    requireRight(one, caller, request.params['queue']);
    noteCaller(response, caller);
  }

  /** Makes a signal that aborts when the answer is sent, or whoever asked is gone, or may not ask for it any more. */
  holdSignal(one: AskedRoute, request: Request, response: Response): AbortSignal {
    const over = new AbortController();
    const gone = goneSignal(response);
    this.#held.set(over, () => this.requireStill(one, request, response));
    const end = (): void => {
      this.#held.delete(over);
      over.abort();
    };
    if (gone.aborted) end();
    gone.addEventListener('abort', end, { once: true });
    return over.signal;
  }

  #recheck(): void {
    let ended = 0;
    for (const [over, requireStill] of this.#held) {
      try {
        requireStill();
      } catch {
        ended++;
        over.abort();
      }
    }
    if (ended > 0)
      this.#deps.log.info('calls were ended whose keys are not good for them any more', { ended });
  }

  #callerOf({ headers }: Request): Caller | null {
    // Not before the call: they may be others by then.
    const { keys } = this.#deps;
    if (keys.length === 0) return ANYBODY;
    const key = findKey(keys, headers.authorization);
    if (key === null) return null;
    const known = this.#callers.get(key);
    if (known?.keys === keys) return known;
    const { name, scopes = ALL_RIGHTS.scopes, queues = ALL_RIGHTS.queues } = key;
    const caller = { name, rights: { scopes, queues }, keys };
    this.#callers.set(key, caller);
    return caller;
  }
}
