import { expect } from 'chai';
import { presenceKeys } from '../../lib/engine/keys.ts';
import { PRESENCE_TTL_MS } from '../../lib/engine/queries/presence.ts';
import type { Crew } from '../support/crew.ts';
import { until } from '../support/wait.ts';
import { LASTING_KEYS } from './lasting-keys.ts';

/** What a scenario did to the jobs, counted in Redis and from what the workers printed. */
export interface Toll {
  acknowledged: number;
  ended: number;
  lost: number;
  executions: number;
  duplicates: number;
  /** Ends that workers reported as without effect. */
  fenced: number;
  inTwoPlaces: number;
  strayKeys: string[];
}

/** Counts, for jobs of which the crew's retention forgets none. Call it when the queue is drained and the crew has left. */
export async function takeToll(crew: Crew, acknowledged: readonly string[]): Promise<Toll> {
  const { client, keys, prefix } = crew;
  const places = await Promise.all([
    client.lrange(keys.waiting, 0, -1),
    client.lrange(keys.active, 0, -1),
    client.zrange(keys.delayed, 0, '-1'),
    client.smembers(keys.succeeded),
    client.smembers(keys.failed),
  ]);
  const [, , , succeeded, failed] = places;
  const all = places.flat();
  const ended = new Set([...succeeded, ...failed]);
  const runs = countRuns(crew);
  const lasting = new Set(LASTING_KEYS.map((name) => `${prefix}:toil:${name}`));
  const presence = presenceKeys(prefix);
  const isPast = async (): Promise<boolean> => (await client.exists(presence.index)) === 0;
  await until(isPast, 'nothing tells of the killed workers any more', 2 * PRESENCE_TTL_MS);
  return {
    acknowledged: acknowledged.length,
    ended: ended.size,
    lost: acknowledged.filter((id) => !ended.has(id)).length,
    executions: [...runs.values()].reduce((sum, count) => sum + count, 0),
    duplicates: [...runs.values()].reduce((sum, count) => sum + count - 1, 0),
    fenced: printedBy(crew).filter((line) => line.startsWith('fenced ')).length,
    inTwoPlaces: all.length - new Set(all).size,
    strayKeys: (await client.keys(`${prefix}:*`)).filter((key) => !lasting.has(key)),
  };
}

/** Prints one line for the scenario, and fails it when a job was lost, is in two places, or ran too often. */
export function expectNoneLost(scenario: string, toll: Toll, mostDuplicates: number): void {
  const { acknowledged, ended, lost, executions, duplicates, fenced, inTwoPlaces, strayKeys } = toll;
  console.log(
    `      ${scenario}: acknowledged ${acknowledged}, ended ${ended}, lost ${lost}, executions ${executions}, ` +
      `duplicates ${duplicates} of at most ${mostDuplicates}, fenced ${fenced}, in two places ${inTwoPlaces}, ` +
      `stray keys ${strayKeys.length}`,
  );
  expect(lost, 'lost').to.equal(0);
  expect(inTwoPlaces, 'in two places').to.equal(0);
  expect(duplicates, 'duplicates').to.be.at.most(mostDuplicates);
  expect(strayKeys, 'stray keys').to.deep.equal([]);
}

function printedBy(crew: Crew): string[] {
  return crew.workers.flatMap(({ stdout }) => stdout);
}

function countRuns(crew: Crew): Map<string, number> {
  const runs = new Map<string, number>();
  for (const line of printedBy(crew)) {
    const id = line.match(/^ran (.+)$/)?.[1];
    if (id !== undefined) runs.set(id, (runs.get(id) ?? 0) + 1);
  }
  return runs;
}
