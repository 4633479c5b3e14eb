import type { Clock } from '../../clock.ts';
import { queueKeys } from '../keys.ts';
import type { ReadStep } from '../links/flow-info.ts';
import { type FlowsDeps, readHead, readNodes } from '../links/flows.ts';
import { carryOf } from '../links/hand-over.ts';
import { makeJobId } from '../record/record.ts';
import { runScript } from '../scripts.ts';

/** What running steps again works with. */
export interface RerunFlowDeps extends FlowsDeps {
  clock: Pick<Clock, 'now'>;
}

/** Which step of which workflow. */
export interface StepAddress {
  queue: string;
  id: string;
  step: string;
}

/** What running a step again did: the names of the steps that run again, or why it did nothing. */
export type FlowRerun =
  | { done: true; steps: string[] }
  /** `none`: there is no such workflow or step; `open`: it, or a step after it, runs, or it has not started. */
  | { done: false; why: 'none' | 'open' };

/** What a gate or a join of a sub-workflow runs again as. */
const NO_JOB = '-';

/** How often a workflow is read anew whose steps have changed meanwhile. */
const TRIES = 5;

/**
 * Runs a step of a workflow again that has ended, and all that come after it: those that have started run as new jobs,
 * when their turn comes.
 */
export async function rerunFlow(deps: RerunFlowDeps, { queue, id, step }: StepAddress): Promise<FlowRerun> {
  const { client, prefix, clock } = deps;
  const keys = queueKeys(prefix, queue, client.isCluster);
  for (let tried = 0; tried < TRIES; tried++) {
    const found = await readHead(deps, queue, id);
    const again = found ? descendants(await readNodes(deps, queue, id, found.head), step) : [];
    if (again.length === 0) return { done: false, why: 'none' };
    const places = new Set(again.map(({ at }) => at));
    const goes = ({ plan: { by } }: ReadStep): boolean => by !== undefined && places.has(by);
    const fresh = (one: ReadStep): string => {
      if (goes(one)) return '';
      return one.id === '' ? NO_JOB : makeJobId(clock.now());
    };
    const rest = again.flatMap((one) => [one.at, one.id, fresh(one)]);
    const call = { script: 'rerun-flow', queue: keys, keys: { flow: keys.flow(id) }, rest } as const;
    const reply = await runScript(client, call);
    if (reply === 'done') {
      await carryOf(deps, [{ queue }]);
      const run = again.filter((one) => one.id !== '' && !goes(one));
      return { done: true, steps: run.map(({ plan }) => plan.name) };
    }
    if (reply !== 'changed') return { done: false, why: reply };
  }
  return { done: false, why: 'open' };
}

/** The step or sub-workflow of this name, and all that comes after it; none where there is none. */
function descendants(steps: readonly ReadStep[], name: string): ReadStep[] {
  const byPlace = new Map(steps.map((step) => [step.at, step]));
  const found = new Set(meant(steps, name));
  for (const { at, next: following } of found) {
    for (const one of following) {
      const next = byPlace.get(one);
      if (next) found.add(next);
    }
    for (const one of steps) if (one.plan.by === at) found.add(one);
  }
  return [...found];
}

/** Of a sub-workflow all of it but its gate, one first that has started, if any has. */
function meant(steps: readonly ReadStep[], name: string): ReadStep[] {
  const step = steps.find(({ id, plan }) => id !== '' && plan.name === name);
  if (step) return [step];
  const join = steps.find(({ plan }) => plan.from !== undefined && plan.name === name);
  const from = join?.plan.from ?? 0;
  const inside = join
    ? steps.filter(({ at, plan }) => at >= from && at < join.at && plan.to !== join.at)
    : [];
  const started = inside.find(({ id, state }) => id !== '' && !/^[wx]/.test(state));
  const first = started ?? inside.find(({ id }) => id !== '');
  return first ? [first, ...inside] : [];
}
