import { readOwn } from '../own-json.ts';
import { recordEnding, openRecord as writeOpenRecord } from '../record/new-job.ts';
import { type JobSeal, openRecord, type Sealing, sealOf, sealOptions } from '../record/private.ts';
import { type JobRecord, parseRecord, type StoredOptions } from '../record/record.ts';
import { runScript } from '../scripts.ts';
import { FORGET_STEP, type ForgetDeps, type ForgetPart } from './forget-deps.ts';
import { blankedResult } from './forget-record.ts';
import { type ForgetStep, leave } from './forget-report.ts';
import type { Traces } from './traces.ts';

/** Fields of a hash, as they are and as they are to be; '' for one that goes. */
type Changes = readonly { field: string; before: string; after: string }[];

/**
 * Blanks the last jobs of batches that are theirs. Each stays where it is and is added in its time, without data: so
 * the counts of the batch stay true.
 */
export const forgetBatches: ForgetPart = async (deps, at, step) => {
  const { client, keys, traces } = deps;
  const [next, pairs] = await client.zscan(keys.batchIndex, at, 'COUNT', FORGET_STEP);
  for (const id of pairs.filter((_, index) => index % 2 === 0)) {
    const hash = keys.batch(id);
    const [lastId, data, tail] = await client.hmget(hash, 'lastId', 'lastData', 'tail');
    if (!lastId || !data || !tail) continue;
    step.looked++;
    const changes = guarded(step, (): Changes => {
      const blanked = blankedLast(keys, traces, { id: lastId, data, tail });
      return blanked === null
        ? []
        : [
            { field: 'lastData', before: data, after: blanked.data },
            { field: 'tail', before: tail, after: blanked.tail },
          ];
    });
    if (await make(deps, { hash, changes, step })) step.forgotten.batches++;
  }
  return next;
};

/** Null where it is not theirs. */
function blankedLast(
  sealing: Sealing,
  traces: Traces,
  { id, data, tail }: { id: string; data: string; tail: string },
): { data: string; tail: string } | null {
  // Within the options begins the tail.
  const record = parseRecord(`{"data":${data}${OPTIONS}${tail}`);
  if (record === null) return null;
  const seal = record.options.encrypted ? sealOf(sealing, id) : null;
  if (seal) openRecord(seal, record);
  const isTheirs = traces.areIn(record.data, record.options.headers);
  const cleaned = isTheirs ? null : traces.cleaned(record.data);
  if (!isTheirs && cleaned === record.data) return null;
  const { headers, ...others } = record.options;
  const options = isTheirs || !headers ? others : { ...record.options };
  const json = JSON.stringify(cleaned);
  const ending = recordEnding(seal ? sealOptions(seal, options) : options);
  return { data: seal ? `"${seal.seal('data', json)}"` : json, tail: ending.slice(OPTIONS.length) };
}

const OPTIONS = ',"options":{';

/**
 * Blanks the steps of workflows that are theirs, those that have started too, as they may be run again, and takes out
 * what steps have returned of the person. The workflow itself stays and goes on.
 */
export const forgetFlows: ForgetPart = async (deps, at, step) => {
  const [next, pairs] = await deps.client.zscan(deps.keys.flowIndex, at, 'COUNT', 10);
  for (const id of pairs.filter((_, index) => index % 2 === 0)) await forgetFlow(deps, id, step);
  return next;
};

async function forgetFlow(deps: ForgetDeps, id: string, step: ForgetStep): Promise<void> {
  const hash = deps.keys.flow(id);
  const [names, added] = await deps.client.hmget(hash, 'names', 'added');
  // Another program may have written any number there.
  const count = Math.min(Number(added ?? 0), await deps.client.hlen(hash));
  for (let n = 0; n < count; n++) {
    const fields = ['plan', 'id', 'before', 'behind', 'result'].map((name) => `${n}:${name}`);
    const [plan, job, before, behind, result] = await deps.client.hmget(hash, ...fields);
    if (!plan || !job || !before || !behind) continue;
    step.looked++;
    const changes = guarded(step, () => {
      const { queue, name } = readOwn<{ queue: number; name: string }>(plan);
      const queues = readOwn<string[]>(names ?? '[]');
      const sealing = { queue: queues[queue] ?? '', keyring: deps.keys.keyring };
      return [
        ...changesOfStep(sealing, deps.traces, { n, job, before, behind }),
        ...changesOfResult(deps, { field: `${n}:result`, text: result ?? '', id, name }),
      ];
    });
    if (await make(deps, { hash, changes, step })) step.forgotten.steps++;
  }
}

/** A step whose turn is still to come, its record cut where more is written then. */
interface PlannedRecord {
  job: string;
  before: string;
  behind: string;
}

/** Whether a step of a workflow, whose turn is still to come, is of the person. Throws where it cannot be read. */
export function isTheirStep(sealing: Sealing, traces: Traces, step: PlannedRecord): boolean {
  return theirStep(sealing, traces, step) !== null;
}

/** Null where it is not theirs, and for a gate or a join. */
function theirStep(
  sealing: Sealing,
  traces: Traces,
  { job, before, behind }: PlannedRecord,
): { record: JobRecord; seal: JobSeal | null } | null {
  // It is cut behind the ties, which come last of its options.
  const record = parseRecord(`${before}},"timestamp":0${behind}`);
  if (record === null) return null;
  const seal = record.options.encrypted ? sealOf(sealing, job) : null;
  if (seal) openRecord(seal, record);
  return traces.areIn(record.data, record.options.headers) ? { record, seal } : null;
}

function changesOfStep(
  sealing: Sealing,
  traces: Traces,
  { n, ...step }: PlannedRecord & { n: number },
): Changes {
  const theirs = theirStep(sealing, traces, step);
  if (theirs === null) return [];
  const { data, options } = blankedStepParts(theirs.record, theirs.seal);
  const made = writeOpenRecord(data, options);
  return [
    { field: `${n}:before`, before: step.before, after: made.before },
    { field: `${n}:behind`, before: step.behind, after: made.behind },
  ].filter((change) => change.before !== change.after);
}

function blankedStepParts(
  { options }: JobRecord,
  seal: JobSeal | null,
): { data: string; options: Omit<StoredOptions, 'timestamp'> } {
  const { headers: _, timestamp: __, links, ...others } = options;
  return {
    data: seal ? `"${seal.seal('data', 'null')}"` : 'null',
    options: { ...others, ...(links && { links }) },
  };
}

/** A result stands behind the name of its step, in quotes. */
function changesOfResult(
  { keys, traces }: ForgetDeps,
  { field, text, id, name }: { field: string; text: string; id: string; name: string },
): Changes {
  const start = `"${name}":`;
  const json = text.startsWith(start) ? text.slice(start.length) : null;
  if (json === null) return [];
  const value = readOwn<unknown>(json);
  const made = blankedResult(keys, traces, { step: { queue: keys.queue, id, step: name }, value });
  return made === value ? [] : [{ field, before: text, after: start + JSON.stringify(made) }];
}

function guarded(step: ForgetStep, work: () => Changes): Changes {
  try {
    return work();
  } catch {
    leave(step, 'closed');
    return [];
  }
}

/** Resolves with whether there was anything to be changed that was as it had been read. */
async function make(
  { client, dryRun }: ForgetDeps,
  { hash, changes, step }: { hash: string; changes: Changes; step: ForgetStep },
): Promise<boolean> {
  let hasChanged = false;
  for (const args of changes) {
    if (dryRun || (await runScript(client, { script: 'swap', keys: { hash }, args }))) hasChanged = true;
    else leave(step, 'changed');
  }
  return hasChanged;
}
