import { markedStart, type NewJob, recordEnding, unmarkedStart } from './new-job.ts';
import type { StoredLinks, StoredStep } from './record.ts';

/** A job that the end of another one stores, and in which queue. */
export interface LinkedJob {
  queue: string;
  job: NewJob;
}

/** What the end of an attempt does beyond its job. */
export interface Links {
  /** What its batch is told, or null when it is in none. */
  told: 'succeeded' | 'failed' | null;
  jobs: readonly LinkedJob[];
}

/** How an attempt ended, as far as it matters here. */
export type LinkedEnd =
  | { kind: 'succeeded'; resultJson: string | undefined; follows?: readonly LinkedJob[] }
  | { kind: 'failed' | 'retry' | 'snoozed' | 'interrupted' };

/**
 * What the end of an attempt leads to, from what is stored with its job and what its handler asked for; null when to
 * nothing, as every end that is not for good.
 */
export function linksOf(stored: StoredLinks | undefined, end: LinkedEnd, endedAt: number): Links | null {
  if (end.kind === 'failed') return stored?.batch ? { told: 'failed', jobs: [] } : null;
  if (end.kind !== 'succeeded') return null;
  const next = nextStep(stored, end.resultJson, endedAt);
  const jobs = [...(end.follows ?? []), ...(next ? [next] : [])];
  if (!stored?.batch && jobs.length === 0) return null;
  return { told: stored?.batch ? 'succeeded' : null, jobs };
}

/** Writes out the next step of a chain: it is given what the one before it came to, and carries what is left. */
function nextStep(
  stored: StoredLinks | undefined,
  resultJson: string | undefined,
  now: number,
): LinkedJob | null {
  const chain = stored?.chain;
  // Whoever writes to Redis by hand may have written anything; a lane must not break on it.
  const [step, ...rest] = Array.isArray(chain?.rest) ? chain.rest : [];
  if (!chain || !isStep(step)) return null;
  const { queue, id, data, start } = step;
  const links: StoredLinks = {
    ...step.options.links,
    chain: { id: chain.id, step: chain.step + 1, steps: chain.steps, ...(rest.length > 0 && { rest }) },
    ...(resultJson !== undefined && { previous: JSON.parse(resultJson) }),
  };
  const options = { ...step.options, ...timesOf(step, now), links };
  const ending = recordEnding(options);
  const job = { id, data: JSON.stringify(data), ending, start: markedStart(unmarkedStart(start), ending) };
  return { queue, job };
}

function isStep(step: StoredStep | undefined): step is StoredStep {
  const { queue, id, start, options } = step ?? {};
  const areTexts = [queue, id, start].every((one) => typeof one === 'string');
  return areTexts && typeof options === 'object' && options !== null;
}

/** A delay counts from the moment at which the step is added. */
function timesOf({ start }: StoredStep, now: number): { timestamp: number; delay?: number } {
  const plain = unmarkedStart(start);
  return plain.startsWith('+') ? { timestamp: now, delay: now + Number(plain) } : { timestamp: now };
}
