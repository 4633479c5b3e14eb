import { type Clock, systemClock } from '../clock.ts';
import { coerceError } from '../errors.ts';
import { withinLimit } from './time-limit.ts';

/** Whether the process can do its work, and per check `ok` or why not. */
export interface Readiness {
  ready: boolean;
  checks: Record<string, string>;
  /** What does not keep it from its work and should be mended all the same; left out where there is nothing. */
  warnings?: readonly string[];
}

/** By name what must hold; one that throws or rejects says what is missing. */
export type Checks = Record<string, () => Promise<void> | void>;

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
  /** What should be mended; default: nothing. One that rejects tells nothing. */
  warnings?: () => Promise<readonly string[]>;
  clock?: Clock;
}

const CHECK_LIMIT_MS = 1_000;

/** Makes the answer of `/readyz`: every check runs at once, and one without an answer within a second has failed. */
export function createHealth(deps: HealthDeps): Health {
  const { checks, roles = {}, warnings = () => Promise.resolve([]), clock = systemClock } = deps;
  const limit = { clock, limitMs: CHECK_LIMIT_MS, what: 'the warnings' };
  const readiness = async (all: Readonly<Checks>): Promise<Readiness> => {
    const warned = withinLimit(limit, warnings).catch(() => []);
    const judged = await judge(all, clock);
    const found = await warned;
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

async function judge(checks: Readonly<Checks>, clock: Clock): Promise<Readiness> {
  const limit = { clock, limitMs: CHECK_LIMIT_MS, what: 'the check' };
  const results = await Promise.all(
    Object.entries(checks).map(async ([name, check]): Promise<[string, string]> => {
      const result = withinLimit(limit, check).then(
        () => 'ok',
        (thrown) => withoutSecrets(coerceError(thrown).message),
      );
      return [name, await result];
    }),
  );
  return { ready: results.every(([, result]) => result === 'ok'), checks: Object.fromEntries(results) };
}

/** A message may quote a URL; what stands before its @ is for nobody to see. */
function withoutSecrets(message: string): string {
  return message.replace(/\/\/[^\s/]*@/g, '//');
}
