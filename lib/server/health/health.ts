import { type Clock, systemClock } from '../../clock.ts';
import { ApiaryError, coerceError, ERROR_CODES } from '../../errors.ts';
import { type Logger, nullLogger } from '../../logger.ts';
import { withinLimit } from '../time-limit.ts';

/** Whether the process can do its work, and per check `ok` or why not. */
export interface Readiness {
  ready: boolean;
  checks: Record<string, string>;
  /** What does not keep it from its work and should be mended all the same; left out where there is nothing. */
  warnings?: readonly string[];
}

/** By name what must hold; one that throws or rejects says what is missing. */
export type Checks = Record<string, () => Promise<void> | void>;

/** Why a check does not hold, in words that everybody may read. Of any other error only its code is shown. */
export class NotReady extends Error {
  override readonly name = 'NotReady';
}

/** Answers whether the process can do its work; never rejects. */
export interface Health {
  /** Of the process with all its roles. */
  readiness(): Promise<Readiness>;
  /** Of one role by itself; null when it does not run here. */
  readinessOf(role: string): Promise<Readiness | null>;
}

/** What health is judged by; read anew each time, so that checks may come and change. */
export interface HealthDeps {
  /** What every role needs. */
  checks: Readonly<Checks>;
  /** What each role that runs here needs besides; default: there are none. */
  roles?: Readonly<Checks>;
  /** What is known that should be mended; default: nothing. No probe waits for it, so it must not throw. */
  warnings?: () => readonly string[];
  clock?: Clock;
  /** Gets the whole error of a check whenever what is shown of it changes; default: nothing is logged. */
  log?: Logger;
}

const CHECK_LIMIT_MS = 1_000;

/** Makes the answer of `/readyz`: every check runs at once, and one without an answer within a second has failed. */
export function createHealth(deps: HealthDeps): Health {
  const { checks, roles = {}, warnings = () => [] } = deps;
  const { clock = systemClock, log = nullLogger } = deps;
  const ask = createAsking(clock, log);
  const readiness = async (all: Readonly<Checks>): Promise<Readiness> => {
    const judged = await judge(all, ask);
    const found = warnings();
    return found.length > 0 ? { ...judged, warnings: found } : judged;
  };
  return {
    readiness: () => readiness({ ...checks, ...roles }),
    readinessOf: async (role) => {
      const own = Object.hasOwn(roles, role) ? roles[role] : undefined;
      return own ? readiness({ ...checks, [role]: own }) : null;
    },
  };
}

type Ask = (name: string, check: () => Promise<void> | void) => Promise<string>;

async function judge(checks: Readonly<Checks>, ask: Ask): Promise<Readiness> {
  const results = await Promise.all(
    Object.entries(checks).map(
      async ([name, check]): Promise<[string, string]> => [name, await ask(name, check)],
    ),
  );
  return { ready: results.every(([, result]) => result === 'ok'), checks: Object.fromEntries(results) };
}

function createAsking(clock: Clock, log: Logger): Ask {
  const limit = {
    ...{ clock, limitMs: CHECK_LIMIT_MS, what: 'the check' },
    toError: (why: string) => new NotReady(why),
  };
  // By the names of checks, which are few and ours.
  const last = new Map<string, string>();
  return async (name, check) => {
    const { result, err } = await withinLimit(limit, check).then(
      () => ({ result: 'ok', err: null }),
      (thrown: unknown) => ({ result: publicReason(thrown), err: thrown }),
    );
    if (err !== null && !(err instanceof NotReady) && last.get(name) !== result) {
      log.warn('a check of readiness failed', { check: name, err });
    }
    last.set(name, result);
    return result;
  };
}

/** What everybody may know of an error: a message may name hosts, users and keys. */
function publicReason(thrown: unknown): string {
  const error = coerceError(thrown);
  if (error instanceof NotReady) return error.message;
  if (!(error instanceof ApiaryError)) return publicCode(error) ?? 'failed; the log says why';
  const code = publicCode(error.cause);
  return code === null ? ERROR_CODES[error.code] : `${ERROR_CODES[error.code]}: ${code}`;
}

/** The word by which Redis begins a refusal, or the system's code; null when there is neither. */
function publicCode(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  if (error.name === 'ReplyError') return /^[A-Z]{2,20}\b/.exec(error.message)?.[0] ?? null;
  return 'code' in error && typeof error.code === 'string' && /^[A-Z_]{2,30}$/.test(error.code)
    ? error.code
    : null;
}
