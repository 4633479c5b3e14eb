import { codeOf } from '../../code-of.ts';
import { type Finding, type FindingText, wrong } from '../../doctor/finding.ts';
import { messageOf } from '../../error-facts.ts';
import type { FirstLook } from '../../redis/first-look.ts';

/** Whether a Redis that does not serve is there at all, and what is to be said of it. */
export interface Unreachable {
  isThere: boolean;
  finding: Finding;
}

/** What comes of an answer that refuses everything, and what mends it, by its first word. */
const REFUSALS: Readonly<Record<string, Omit<FindingText, 'what'>>> = {
  LOADING: {
    means: 'it reads its data from disk; until it has, nothing is added and nothing runs',
    mend: 'wait; INFO persistence says how far it is (loading_loaded_perc)',
  },
  NOAUTH: {
    means: 'nobody gets in without a password',
    mend: 'put user and password into the URL: redis://user:password@host:port',
  },
  WRONGPASS: {
    means: 'user and password do not go together, or the user is off',
    mend: 'mend the URL, or the user by ACL SETUSER; a % in a password is written %25, an @ is written %40',
  },
  NOPERM: {
    means: 'the user may not even PING',
    mend: 'give the user the rights that docs/redis.md lists',
  },
  MISCONF: {
    means: 'Redis cannot write to its disk, so it takes no commands that change anything',
    mend: 'make room on the disk, or mend its rights; INFO persistence says what failed',
  },
  MASTERDOWN: {
    means: 'it is a replica without its primary, and serves nothing',
    mend: 'use the address of the primary, or a redis-sentinel: URL, which follows it',
  },
};

const AWAY: Omit<FindingText, 'what'> = {
  means: 'nothing can be added, nothing runs; workers and servers wait for it',
  mend: 'start it, or mend the address: host, port, and whether a firewall or TLS (rediss:) is between',
};

/** Judges the first look; null when Redis serves. */
export function judgeReach({ address, error }: FirstLook): Unreachable | null {
  if (error === null) return null;
  const code = codeOf(error) ?? '';
  const refusal = error.name === 'ReplyError' ? REFUSALS[code] : undefined;
  const what = `Redis at ${address} ${refusal ? 'answers' : 'is not reachable'}: ${messageOf(error) || code}`;
  return { isThere: refusal !== undefined, finding: wrong('reach', { what, ...(refusal ?? AWAY) }) };
}
