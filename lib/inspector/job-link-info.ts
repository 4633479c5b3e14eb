import type { StoredOptions } from '../engine/record/record.ts';

/** How a job is tied to others, and what its handlers did once and for all. */
export interface JobLinkInfo {
  /** The job whose success added it, or null. */
  follows: { queue: string; id: string } | null;
  /** The chain that it is a step of, by the id of its first job, and the id of the next step; null when of none. */
  chain: { id: string; step: number; steps: number; nextId: string | null } | null;
  /** The batch that it is a member of, or comes after (`last`), by the queue of that one; null when of none. */
  batch: { id: string; queue: string; role: 'member' | 'last' } | null;
  /** The workflow that it is a step of, by the queue that keeps it, and the name of that step; null when of none. */
  workflow: { id: string; queue: string; step: string } | null;
  /** The effects that its handlers did under a key, and when (epoch ms). */
  once: { key: string; at: number }[];
}

/** Reads them from stored options. */
export function toLinkInfo({ links, once }: StoredOptions): JobLinkInfo {
  const { follows, chain, batch, concludes, flow } = links ?? {};
  return {
    follows: follows ? { queue: follows.queue, id: follows.id } : null,
    chain: chain
      ? { id: chain.id, step: chain.step, steps: chain.steps, nextId: chain.rest?.[0]?.id ?? null }
      : null,
    batch: toBatch(batch, 'member') ?? toBatch(concludes, 'last'),
    workflow: flow ? { id: flow.id, queue: flow.queue, step: flow.step } : null,
    once: Object.entries(once ?? {}).map(([key, { at }]) => ({ key, at })),
  };
}

function toBatch<Role extends 'member' | 'last'>(
  batch: { id: string; queue: string } | undefined,
  role: Role,
): { id: string; queue: string; role: Role } | null {
  return batch ? { id: batch.id, queue: batch.queue, role } : null;
}
