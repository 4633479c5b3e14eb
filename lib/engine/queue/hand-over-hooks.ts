import type { HandOverLoop } from '../links/hand-over-loop.ts';
import type { ActiveJob } from '../pump/active-job.ts';
import type { LaneHooks } from '../pump/lane-hooks.ts';
import type { Outcome } from '../record/settlement.ts';

/** Wakes what carries to other slots when a job ends whose workflow goes on there; else the hooks are as they were. */
export function wakingHandOvers(hooks: LaneHooks, handOvers: Pick<HandOverLoop, 'wake'>): LaneHooks {
  return {
    settled: (job, outcome, durationMs) => {
      hooks.settled(job, outcome, durationMs);
      if (goesOnElsewhere(job, outcome)) handOvers.wake();
    },
    fenced: (job) => hooks.fenced(job),
    recovered: (queue, recovered) => hooks.recovered(queue, recovered),
    troubled: (queue, duty, error) => hooks.troubled(queue, duty, error),
  };
}

function goesOnElsewhere({ record, queue }: ActiveJob, outcome: Outcome): boolean {
  const flow = record.options.links?.flow;
  if (!flow) return false;
  const spawns = (outcome.kind === 'succeeded' && outcome.spawns) || [];
  return flow.isSpread === true || flow.queue !== queue || spawns.some((step) => step.queue !== queue);
}
