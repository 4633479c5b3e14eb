import { type Clock, systemClock } from '../clock.ts';
import { coerceError } from '../errors.ts';
import { withinLimit } from './time-limit.ts';

/** Whether the process can do its work, and per check `ok` or why not. */
export interface Readiness {
  ready: boolean;
  checks: Record<string, string>;
}

/** Answers whether the process can do its work; never rejects. */
export interface Health {
  readiness(): Promise<Readiness>;
}

/** What health is judged by. */
export interface HealthDeps {
  /** By name what must hold; one that throws or rejects names what is missing. */
  checks: Readonly<Record<string, () => Promise<void> | void>>;
  clock?: Clock;
}

const CHECK_LIMIT_MS = 1_000;

/** Makes the answer of `/readyz`: every check runs at once, and one without an answer within a second has failed. */
export function createHealth({ checks, clock = systemClock }: HealthDeps): Health {
  return {
    readiness: async () => {
      const names = Object.keys(checks);
      const results = await Promise.all(
        Object.values(checks).map((check) =>
          withinLimit({ clock, limitMs: CHECK_LIMIT_MS, what: 'the check' }, check).then(
            () => 'ok',
            (thrown) => withoutSecrets(coerceError(thrown).message),
          ),
        ),
      );
      return {
        ready: results.every((result) => result === 'ok'),
        checks: Object.fromEntries(names.map((name, at) => [name, results[at] ?? ''])),
      };
    },
  };
}

/** A message may quote a URL; what stands before its @ is for nobody to see. */
function withoutSecrets(message: string): string {
  return message.replace(/\/\/[^\s/]*@/g, '//');
}
