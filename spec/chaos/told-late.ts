import type { Ledger, Run, Trouble } from './ledger.ts';

/** Within so long after its process went on a run is told that had begun before. */
const WITHIN_MS = 100;

/**
 * The standstill before which a run had begun that is told behind it, or null: a process can be stopped between its last
 * look at its lease and the first line of the handler. That can be one run for each standstill. What else begins then
 * was begun by a process that should have asked first.
 */
export function toldLate(run: Run, { runs, troubles }: Ledger): Trouble | null {
  const stops = troubles.filter((one) => isStandstill(one) && one.pids?.includes(run.pid));
  const stop = stops.find(({ until }) => Math.abs(run.at - until) <= WITHIN_MS);
  if (!stop) return null;
  const others = [...runs.values()].flat().filter(({ pid, at }) => pid === run.pid && at >= stop.from);
  return others.every((one) => one.at >= run.at) ? stop : null;
}

function isStandstill(trouble: Trouble): boolean {
  return trouble.fact === 'stoodStill' || trouble.kind === 'workerStopped';
}
