import type { NewJob } from '../record/new-job.ts';
import type { UniqueKey, UniqueSaved } from '../unique/unique.ts';
import type { SaveAnswer } from './save-answer.ts';

/** Places jobs anew that a queue has not stored, as it has more shards than who added them knew, or fewer. */
export interface Anew {
  /** Whether more is known of its shards meanwhile than the route goes by. */
  isPast(): boolean;
  /**
   * `told` is what the queue said of its shards; '' where nothing was asked. It is called while the line is held, and
   * must not wait for that.
   */
  jobs(told: string, jobs: readonly NewJob[]): Promise<SaveAnswer[]>;
  unique(told: string, job: NewJob, unique: UniqueKey): Promise<UniqueSaved>;
}

/** By what a store goes to its queue. */
export interface Route {
  /**
   * The number of the change of shards by which it goes; '' for none, {@link ANYWHERE} where it means this very queue.
   */
  mark: string;
  /** Null where what the queue will not have by its mark is stored there all the same. */
  anew: Anew | null;
  /** Told of each job that is there once it was added, by its id; default nobody is. */
  isThere?: (id: string) => void;
}

/** For what the line is held by who stores now: by `hold`, or by `again` of the {@link Outbox}. */
export type Turn = 'held' | 'again';

/** The mark of who means a queue under this very name, whatever shards it has. */
export const ANYWHERE = '*';

/** That of who knows of no shards: it costs a queue without any nothing. */
export const PLAIN_ROUTE: Route = { mark: '', anew: null };

const WORD = 'SHARDED ';

/** What a queue says of its shards where it has stored nothing for that; null for any other error. */
export function toldShards(error: unknown): string | null {
  if (!(error instanceof Error) || error.name !== 'ReplyError') return null;
  return error.message.startsWith(WORD) ? error.message.slice(WORD.length) : null;
}
