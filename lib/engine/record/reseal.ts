import { ApiaryError } from '../../errors.ts';
import { elementsOf, memberOf } from '../../json-text.ts';
import { isSealed } from '../../keyring.ts';
import { readOwn } from '../own-json.ts';
import {
  type JobSeal,
  openDataText,
  openRecord,
  type PrivatePlace,
  type Sealing,
  sealOf,
  sealOfStep,
  sealOptions,
  sealRecord,
} from './private.ts';
import { type JobRecord, parseRecord, rewriteRecord, type StoredLinks, type StoredStep } from './record.ts';

/** What sealing anew came to: the text to store, `kept` where there is nothing to do, `closed` where it cannot be. */
export type Resealed = { text: string } | 'kept' | 'closed';

const KEY_IDS = /apiary1:([\w-]{1,32}):/g;

/** Whether a text may have something in it that is sealed by another key than the one that seals now. */
export function hasOldKey(text: string, { keyring }: Sealing): boolean {
  if (!keyring) return false;
  for (const [, id] of text.matchAll(KEY_IDS)) if (id !== keyring.writes) return true;
  return false;
}

/** Does work that opens what is sealed; `closed` where a key is missing or the text was tampered with. */
export function whereOpen(work: () => Resealed): Resealed {
  try {
    return work();
  } catch (error) {
    if (error instanceof ApiaryError) return 'closed';
    throw error;
  }
}

/** Seals all of the record of a job anew by the key that seals now: that of the jobs, too, which it carries. */
export function resealRecord(sealing: Sealing, id: string, text: string): Resealed {
  const record = hasOldKey(text, sealing) ? parseRecord(text) : null;
  if (record === null) return 'kept';
  return whereOpen(() => {
    const anew = resealed(sealing, { id, text, record });
    return anew === text ? 'kept' : { text: anew };
  });
}

/** A job that was read. */
interface ReadRecord {
  id: string;
  text: string;
  record: JobRecord;
}

function resealed(sealing: Sealing, { id, text, record }: ReadRecord): string {
  const { options } = record;
  const isTied = options.links !== undefined && resealTies(sealing, options.links);
  const isCarrier = options.group?.size !== undefined;
  const seal = options.encrypted ? sealOf(sealing, id) : null;
  const data = isCarrier ? carriedAnew(sealing, text) : seal && dataAnew(seal, record);
  if (seal === null) return data === null && !isTied ? text : rewriteRecord(data ?? text, record);
  openRecord(seal, record);
  return rewriteRecord(data ?? text, sealRecord(seal, record));
}

function dataAnew(seal: JobSeal, { data }: JobRecord): string {
  return `{"data":"${seal.seal('data', openDataText(seal, data))}"}`;
}

/** The jobs in a carrier, each sealed by itself; null where its data is no list. */
function carriedAnew(sealing: Sealing, text: string): string | null {
  const data = memberOf(text, 'data') ?? '';
  if (!data.startsWith('[')) return null;
  const items = elementsOf(data).map((item) => {
    const [id, job] = [memberOf(item, 'id'), memberOf(item, 'job')];
    const record = job === null ? null : parseRecord(job);
    if (id === null || job === null || record === null) return item;
    const anew = resealed(sealing, { id: readOwn<string>(id), text: job, record });
    return `{"id":${id},"job":${anew}}`;
  });
  return `{"data":[${items.join(',')}]}`;
}

/** Seals what the ties of a job carry of others: steps that come after it, and what steps before it returned. */
function resealTies(sealing: Sealing, { chain, flow, results }: StoredLinks): boolean {
  const rest: unknown = chain?.rest;
  if (chain && Array.isArray(rest)) chain.rest = rest.map((step: StoredStep) => resealStep(sealing, step));
  if (!flow || !results) return Array.isArray(rest);
  for (const [name, value] of Object.entries(results))
    if (isSealed(value)) results[name] = resealResult(sealing, { ...flow, step: name }, value);
  return true;
}

function resealStep({ keyring }: Sealing, step: StoredStep): StoredStep {
  if (step?.options?.encrypted !== true) return step;
  const { queue, id, data, options } = step;
  const seal = sealOf({ queue, keyring }, id);
  const record: JobRecord = { data, options: { ...options }, status: 'created', progress: 0 };
  const json = openDataText(seal, data);
  openRecord(seal, record);
  return { ...step, data: seal.seal('data', json), options: sealOptions(seal, record.options) };
}

/** Seals the last job of a batch anew, of which the data and what follows its options are stored by themselves. */
export function resealParts(
  sealing: Sealing,
  id: string,
  { data, tail }: { data: string; tail: string },
): { data: string; tail: string } {
  const json = readOwn<unknown>(data);
  if (!isSealed(json)) return { data, tail };
  return {
    data: `"${anew(sealOf(sealing, id), 'data', json)}"`,
    tail: resealPart(sealing, id, tail),
  };
}

/** Seals a part of a record anew, such as that of a step which waits in its workflow; the rest of it stays as it is. */
export function resealPart(sealing: Sealing, id: string, part: string): string {
  const seal = sealOf(sealing, id);
  return part
    .replace(SEALED_DATA, (_all, before: string, text: string) => `${before}"${anew(seal, 'data', text)}"`)
    .replace(SEALED_HEADERS, (_all, before: string, text: string) => {
      return `${before}"${anew(seal, 'headers', text)}"`;
    });
}

/** Seals what a step returned anew; what only looks so stays, as nobody can tell. */
export function resealResult(
  sealing: Pick<Sealing, 'keyring'>,
  step: { queue: string; id: string; step: string },
  sealed: string,
): string {
  try {
    return anew(sealOfStep(sealing, step), 'result', sealed);
  } catch (error) {
    if (error instanceof ApiaryError && error.code === 'RECORD_TAMPERED') return sealed;
    throw error;
  }
}

function anew(seal: JobSeal, place: PrivatePlace, sealed: string): string {
  return seal.seal(place, seal.open(place, sealed));
}

const SEALED_DATA = /("data":)"(apiary1:[^"]*)"/;
const SEALED_HEADERS = /("sealed":\{"headers":)"([^"]*)"/;
