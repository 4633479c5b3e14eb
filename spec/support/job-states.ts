import type { Session, Taken } from '../../lib/engine/session/session.ts';
import { outcomes, type SpecEngine, settle, take } from './engine.ts';

/** The states of jobs. Waiting comes last: who brings a job into another state takes the next that waits. */
export const STATES = ['active', 'delayed', 'succeeded', 'failed', 'waiting'] as const;

/** A state that {@link bring} brings a job into. */
export type SpecState = (typeof STATES)[number];

/** Stores a job, and brings it into a state by way of this session; nothing else may wait meanwhile. */
export async function bring(
  engine: SpecEngine,
  session: Session,
  id: string,
  state: SpecState,
): Promise<void> {
  const delayed = state === 'delayed' ? { inMs: 3_600_000 } : null;
  await engine.save(id, { retries: 0 }, delayed);
  if (state === 'waiting' || state === 'delayed') return;
  const [taken] = (await take(session, 1)) as [Taken];
  if (state !== 'active') await settle(session, [taken, outcomes[state]]);
}

/** In which state a job is; null when there is none. */
export async function stateOf(engine: SpecEngine, id: string): Promise<string | null> {
  return (await engine.queries.job(id))?.state ?? null;
}
