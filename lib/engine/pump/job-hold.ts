import type { Sealing } from '../record/private.ts';
import type { Session } from '../session/session.ts';

/** What holds a running job: the session that took it, as far as the job asks of it. */
export type JobHold = Pick<
  Session,
  | 'now'
  | 'timeAt'
  | 'incarnation'
  | 'progress'
  | 'storeRecord'
  | 'holds'
  | 'fencingNumber'
  | 'signalsOf'
  | 'isCluster'
  | 'split'
> & {
  /** The queue, with the keys by which what is private of its jobs is sealed. */
  readonly sealing: Sealing;
};
