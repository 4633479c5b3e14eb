import { ENGINES, type EngineName } from './engines.ts';
import { type Circumstances, explainByLease, type Span, touches } from './explain.ts';
import { ruleOf } from './fault-kinds.ts';
import type { Run, Trouble } from './ledger.ts';

/** Finds the trouble that explains why a run was followed by another that began at `againAt`, or null. */
type Explain = (
  run: Run,
  againAt: number,
  troubles: readonly Trouble[],
  circumstances: Circumstances,
  /** Runs of the same work before it, in their order. */
  before?: readonly Run[],
) => Trouble | null;

/**
 * By what each engine promises: ours that nobody is held to be dead who is not, the others that what stalls is run
 * again. Stock bee-queue has nothing that tells a late end, which may bring the job once more.
 */
const EXPLAINS: Record<EngineName, Explain> = {
  apiary: explainByLease,
  'bee-queue': explainByLateEnd,
  bullmq: explainByStall,
};

/** Finds the fault that explains a repeat by the promise of the engine on trial, or null. */
export const explain: Explain = (run, againAt, troubles, circumstances, before) =>
  EXPLAINS[circumstances.engine](run, againAt, troubles, circumstances, before);

/** Between the end of a handler and the moment at which Redis has it. */
const SETTLES_MS = 1_000;

/**
 * A worker says again and again that its jobs go on; who is not heard, for whatever reason, has them run elsewhere.
 * So all that came between the worker and Redis while a job ran explains its repeat, however short it was.
 */
function explainByStall(
  run: Run,
  againAt: number,
  troubles: readonly Trouble[],
  circumstances: Circumstances,
): Trouble | null {
  const span = { from: run.at, until: run.end ? run.end.at + SETTLES_MS : againAt };
  const isBetween = (one: Trouble): boolean =>
    canSilence(one) && (one.pids === null || one.pids.includes(run.pid)) && touches(one, span, circumstances);
  return troubles.find(isBetween) ?? null;
}

/** What cut an earlier run off explains every later one: the worker that was given up ends it all the same. */
function explainByLateEnd(
  run: Run,
  againAt: number,
  troubles: readonly Trouble[],
  circumstances: Circumstances,
  before: readonly Run[] = [],
): Trouble | null {
  for (const one of [run, ...before.toReversed()]) {
    const by = explainByStall(one, againAt, troubles, circumstances);
    if (by) return by;
  }
  return null;
}

function canSilence(trouble: Trouble): boolean {
  if (trouble.fact === 'stoodStill') return true;
  const { harm, to } = ruleOf(trouble.kind);
  return harm !== 'nothing' || to === 'wire';
}

/** Whether the clock by which delayed jobs are due was moved at a time. */
export function wasDueMoved(at: number, troubles: readonly Trouble[], circumstances: Circumstances): boolean {
  const { dueBy } = ENGINES[circumstances.engine];
  const span: Span = { from: at, until: at };
  return troubles.some(
    (one) => one.fact === 'fault' && one.kind === dueBy && touches(one, span, circumstances),
  );
}
