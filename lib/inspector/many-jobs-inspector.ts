import type { JobFilter } from '../engine/record/job-filter.ts';
import type { IdleState } from '../engine/repairs/withdraw.ts';
import type { BulkInspector, EndManyOptions } from './bulk.ts';
import { JobInspector } from './job-inspector.ts';

/** Changes single jobs, and all of one state that pass a filter, see {@link BulkInspector}. */
export abstract class ManyJobsInspector extends JobInspector {
  abstract readonly bulk: BulkInspector;

  /** Offers failed jobs again, see {@link BulkInspector}; resolves with how many. */
  async retryAll(queue: string, filter: JobFilter = {}): Promise<number> {
    return (await this.bulk.retry(queue, filter)).done;
  }

  /** Makes delayed jobs due now, see {@link BulkInspector}; resolves with how many. */
  async promoteAll(queue: string, filter: JobFilter = {}): Promise<number> {
    return (await this.bulk.promote(queue, filter)).done;
  }

  /** Removes jobs of one state, see {@link BulkInspector}; resolves with how many. */
  async removeAll(queue: string, state: IdleState, filter: JobFilter = {}): Promise<number> {
    return (await this.bulk.remove(queue, state, filter)).done;
  }

  /** Makes waiting or delayed jobs failed, see {@link BulkInspector}; resolves with how many. */
  async archiveAll(queue: string, state: 'waiting' | 'delayed', options: EndManyOptions): Promise<number> {
    return (await this.bulk.archive(queue, state, options)).done;
  }
}
