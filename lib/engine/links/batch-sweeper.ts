import { runScript } from '../scripts.ts';
import { TieSweeper, type Ties } from './tie-sweeper.ts';

/** Counts members of batches, see {@link TieSweeper}. */
export class BatchSweeper extends TieSweeper {
  constructor(mostSteps?: number) {
    const count: Ties['count'] = ({ client, keys }, ids) =>
      runScript(client, { script: 'sweep-batches', queue: keys, rest: ids });
    super({ members: 'batches', index: 'batchIndex', count }, mostSteps);
  }
}
