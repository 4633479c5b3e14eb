import type { Taken } from './taken.ts';

/** What one exchange with Redis brought. */
export interface Exchange {
  taken: Taken[];
  /** Ids of ended jobs whose claim was gone: their end changed nothing. */
  fenced: string[];
  state: 'ok' | 'paused' | 'burnt' | 'revoked';
  /**
   * Where the state says so: ids of jobs that were held here when they were removed. Nothing is taken until the exchange
   * after this one, before which what is held under these ids has to be dropped.
   */
  revoked: readonly string[];
  /** In how many ms it is worth asking again although nothing is added; null for not at all. */
  againInMs: number | null;
  /** Those of the taken that were cancelled and must not run. */
  cancelled: readonly string[];
  /** The id of the one job among the taken that was claimed by a worker that died; null for none. */
  suspect: string | null;
  /** Whether other suspects were left in waiting. */
  leavesSuspects: boolean;
}

/** An exchange that brought nothing. */
export const NOTHING: Omit<Exchange, 'fenced'> = {
  taken: [],
  state: 'ok',
  revoked: [],
  cancelled: [],
  againInMs: null,
  suspect: null,
  leavesSuspects: false,
};
