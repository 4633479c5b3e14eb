import { readOwn } from '../own-json.ts';
import { markedStart, type NewJob, recordEnding, unmarkedStart } from './new-job.ts';
import { type Sealing, sealOf, sealOfStep } from './private.ts';
import type { StoredLinks, StoredOptions, StoredStep } from './record.ts';
import type { SpawnedStep } from './spawned-step.ts';
import type { UniqueKey } from './unique-key.ts';

/** A job that the end of another one stores, and in which queue. */
export interface LinkedJob {
  queue: string;
  job: NewJob;
  /** The key that it is added under, in the queue of the job that it follows; absent for none. */
  unique?: UniqueKey;
}

/** What the end of an attempt does beyond its job. */
export interface Links {
  /** What its batch is told, or its workflow where `isStep` says so; null when it is in none. */
  told: 'succeeded' | 'failed' | null;
  isStep?: true;
  /** What an encrypted step returned, as JSON, sealed for the steps that read it. */
  result?: string;
  /** The steps that are added to its workflow; absent for none. */
  spawns?: readonly SpawnedStep[];
  jobs: readonly LinkedJob[];
  /** What is noted of the signals that it waits for, see `note-wait.lua`; absent for nothing. */
  wait?: string;
}

/** When an attempt ended, and by what its job, and what follows, is sealed. */
export interface EndedAt {
  at: number;
  sealing: Sealing | undefined;
  isEncrypted: boolean;
}

/** What an attempt adds if it succeeds: jobs, and steps of its workflow. */
export interface AddedByEnd {
  follows: readonly LinkedJob[];
  spawns: readonly SpawnedStep[];
}

/** How an attempt ended, as far as it matters here. */
export type LinkedEnd =
  | ({ kind: 'succeeded'; resultJson: string | undefined } & Partial<AddedByEnd>)
  | { kind: 'failed' | 'retry' | 'snoozed' | 'interrupted' };

/**
 * What the end of an attempt leads to, from what is stored with its job and what its handler asked for; null when to
 * nothing, as every end that is not for good.
 */
export function linksOf(stored: StoredLinks | undefined, end: LinkedEnd, ended: EndedAt): Links | null {
  const tie = stored?.flow ? IN_WORKFLOW : stored?.batch ? IN_BATCH : null;
  if (end.kind === 'failed') return tie && { ...tie, told: 'failed', jobs: [] };
  if (end.kind !== 'succeeded') return null;
  const next = nextStep(stored, end.resultJson, ended);
  const { follows = [], spawns = [] } = end;
  const jobs = [...follows, ...(next ? [next] : [])];
  if (!tie && jobs.length === 0) return null;
  const read = readByOthers(stored, end.resultJson, ended);
  return { ...tie, ...read, told: tie ? 'succeeded' : null, ...(spawns.length > 0 && { spawns }), jobs };
}

function readByOthers(
  stored: StoredLinks | undefined,
  resultJson: string | undefined,
  { sealing, isEncrypted }: EndedAt,
): { result?: string } {
  if (!isEncrypted || !sealing || !stored?.flow || resultJson === undefined) return {};
  return { result: `"${sealOfStep(sealing, stored.flow).seal('result', resultJson)}"` };
}

const IN_BATCH = {} as const;
const IN_WORKFLOW = { isStep: true } as const;

/** Writes out the next step of a chain: it is given what the one before it came to, and carries what is left. */
function nextStep(
  stored: StoredLinks | undefined,
  resultJson: string | undefined,
  { at: now, sealing }: EndedAt,
): LinkedJob | null {
  const chain = stored?.chain;
  // Whoever writes to Redis by hand may have written anything; a lane must not break on it.
  const [step, ...rest] = Array.isArray(chain?.rest) ? chain.rest : [];
  if (!chain || !isStep(step)) return null;
  const { queue, id, data, start } = step;
  const links: StoredLinks = {
    ...step.options.links,
    chain: { id: chain.id, step: chain.step + 1, steps: chain.steps, ...(rest.length > 0 && { rest }) },
  };
  const previous = resultJson === undefined ? {} : previousOf(step, { links, resultJson, sealing });
  const options = { ...step.options, ...timesOf(step, now), links, ...previous };
  const ending = recordEnding(options);
  const job = { id, data: JSON.stringify(data), ending, start: markedStart(unmarkedStart(start), ending) };
  // A step that is to be encrypted was sealed when its chain was added.
  return { queue, job: step.options.encrypted ? { ...job, isSealed: true } : job };
}

/** Where no keys are, the step before was not encrypted, and what it came to is in the clear there too. */
function previousOf(
  { queue, id, options: { encrypted, sealed } }: StoredStep,
  { links, resultJson, sealing }: { links: StoredLinks; resultJson: string; sealing: Sealing | undefined },
): Pick<StoredOptions, 'links' | 'sealed'> {
  if (!encrypted || !sealing?.keyring) return { links: { ...links, previous: readOwn<unknown>(resultJson) } };
  const seal = sealOf({ queue, keyring: sealing.keyring }, id);
  return { sealed: { ...sealed, previous: seal.seal('previous', resultJson) } };
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
