import { markedStart, openRecord, recordEnding, unmarkedStart } from '../engine/record/new-job.ts';
import { type JobSeal, sealOf, sealOptions } from '../engine/record/private.ts';
import type { StoredFlow, StoredOptions } from '../engine/record/record.ts';
import type { Keyring } from '../keyring.ts';
import type { DraftedJob } from './planned-job.ts';

/** The record of a step as it waits in its workflow: in two parts, between which is written what is known later. */
export interface StepRecord {
  /** As in a new job. */
  start: string;
  before: string;
  behind: string;
}

/** Writes the record of a step; what is private of one that is to be encrypted is sealed as it will be by itself. */
export function recordOfStep(
  { id, queue, stored, start, json }: DraftedJob,
  flow: StoredFlow,
  keyring: Keyring | null,
): StepRecord {
  const { timestamp: _, delay, ...rest } = stored;
  const ends = [stored.deadlineAt, flow.deadlineAt].filter((one) => typeof one === 'number');
  const isCounted = unmarkedStart(start).startsWith('+');
  const options = {
    ...rest,
    // A delay counts from the moment at which the step starts.
    ...(delay !== undefined && !isCounted && { delay }),
    ...(ends.length > 0 && { deadlineAt: Math.min(...ends) }),
    links: { flow },
  };
  const written = options.encrypted
    ? sealedStep({ json: json.text, options }, sealOf({ queue, keyring }, id))
    : openRecord(json.text, options);
  return { start: markedStart(start, recordEnding(stored)), ...written };
}

/** As it will be by itself. How it is tied stays last, as more is written there when its turn comes. */
function sealedStep(
  { json, options }: { json: string; options: Omit<StoredOptions, 'timestamp'> },
  seal: JobSeal,
): Omit<StepRecord, 'start'> {
  const { timestamp: _, links, ...sealed } = sealOptions(seal, { timestamp: 0, ...options });
  return openRecord(`"${seal.seal('data', json)}"`, { ...sealed, ...(links && { links }) });
}
