import { runScript } from '../scripts.ts';
import { TieSweeper, type Ties } from './tie-sweeper.ts';

/** Carries workflows on by what became of their steps elsewhere, see {@link TieSweeper}. */
export class StepSweeper extends TieSweeper {
  constructor(mostSteps?: number) {
    const count: Ties['count'] = ({ client, keys }, ids) =>
      runScript(client, { script: 'sweep-steps', queue: keys, rest: ids });
    super({ members: 'steps', index: 'flowIndex', count }, mostSteps);
  }
}
