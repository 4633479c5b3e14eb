import { elementsOf, memberOf } from '../../json-text.ts';
import { isSealed } from '../../keyring.ts';
import { readOwn } from '../own-json.ts';
import { type JobSeal, openRecord, type Sealing, sealOf, sealOfStep, sealRecord } from '../record/private.ts';
import {
  type JobRecord,
  parseRecord,
  rewriteRecord,
  type StoredLinks,
  type StoredOptions,
  type StoredStep,
} from '../record/record.ts';
import type { Traces } from './traces.ts';

/** A stored job, and whether it has ended. */
export interface KnownRecord {
  id: string;
  raw: string;
  hasEnded: boolean;
}

/**
 * What is to become of a record: nothing; its job is theirs, and goes; another text, where a part of it is theirs.
 * `isNamed`: the person is named where the record needs it.
 */
export type RecordVerdict = 'none' | 'theirs' | 'closed' | { text: string | null; isNamed: boolean };

/** Finds what of a stored job is of a person. */
export function judgeRecord(sealing: Sealing, traces: Traces, known: KnownRecord): RecordVerdict {
  const record = parseRecord(known.raw);
  if (record === null) return traces.isNamedIn(known.raw) ? { text: null, isNamed: true } : 'none';
  const isEncrypted = record.options.encrypted === true;
  const carried = carriedTexts(known.raw, record);
  // Members of a carrier, and steps to come, may be encrypted where it is not.
  const isOpaque = isEncrypted || known.raw.includes('apiary1:');
  if (!isOpaque && !traces.mayBeIn(known.raw)) return 'none';
  try {
    const seal = isEncrypted ? sealOf(sealing, known.id) : null;
    if (seal) openRecord(seal, record);
    return carried
      ? judgeCarrier(sealing, traces, { known, record, seal, carried })
      : judge(sealing, traces, { known, record, seal });
  } catch {
    // Its key is missing, or another program has written something there that has not the shape of a job.
    return 'closed';
  }
}

interface Opened {
  known: KnownRecord;
  /** In clear. */
  record: JobRecord;
  seal: JobSeal | null;
}

function judge(sealing: Sealing, traces: Traces, opened: Opened): RecordVerdict {
  const { known, record, seal } = opened;
  if (traces.areIn(record.data, record.options.headers)) return 'theirs';
  const links = linksWithout(sealing, traces, record.options.links);
  const options = cleanedOptions(traces, { ...record.options, ...(links && { links }) }, known.hasEnded);
  const data = known.hasEnded ? traces.cleaned(record.data) : record.data;
  const edited = { ...record, data, options, progress: traces.cleaned(record.progress) };
  const isNamed = traces.areNamedIn(edited);
  const isSame =
    data === record.data && edited.progress === record.progress && isSameOptions(options, record.options);
  if (isSame) return isNamed ? { text: null, isNamed } : 'none';
  return { text: written(edited, data === record.data ? known.raw : null, seal), isNamed };
}

/** A carrier is theirs where all of its jobs are; else those of them go that are. */
function judgeCarrier(
  sealing: Sealing,
  traces: Traces,
  { record, seal, carried }: Opened & { carried: readonly string[] },
): RecordVerdict {
  const kept = carried.filter((text) => !isTheirMember(sealing, traces, text));
  if (kept.length === 0) return 'theirs';
  const { group } = record.options;
  const options = cleanedOptions(
    traces,
    { ...record.options, ...(group && { group: { ...group, size: kept.length } }) },
    true,
  );
  const isNamed = kept.some((text) => traces.areNamedIn(readOwn<unknown>(text)));
  if (
    kept.length === carried.length &&
    isSameOptions(cleanedOptions(traces, record.options, true), record.options)
  )
    return isNamed ? { text: null, isNamed } : 'none';
  const storable = seal ? sealRecord(seal, { ...record, options }) : { ...record, options };
  return { text: rewriteRecord(`{"data":[${kept.join(',')}]}`, storable), isNamed };
}

/** The jobs in a carrier as they are written; null where it is none. */
function carriedTexts(raw: string, { options }: JobRecord): readonly string[] | null {
  const data = options.group?.size === undefined ? null : memberOf(raw, 'data');
  return data?.startsWith('[') ? elementsOf(data) : null;
}

function isTheirMember(sealing: Sealing, traces: Traces, text: string): boolean {
  const [id, job] = [memberOf(text, 'id'), memberOf(text, 'job')];
  const member = job === null ? null : parseRecord(job);
  if (id === null || member === null) return false;
  if (member.options.encrypted) openRecord(sealOf(sealing, readOwn<string>(id)), member);
  return traces.areIn(member.data, member.options.headers);
}

/** What others have handed to a job: what they returned, and the steps that come after it. */
function linksWithout(sealing: Sealing, traces: Traces, links: StoredLinks | undefined): StoredLinks | null {
  if (!links) return null;
  const { previous, results, chain, flow } = links;
  const given: StoredLinks = {};
  if (previous !== undefined) given.previous = traces.areIn(previous) ? null : traces.cleaned(previous);
  if (results)
    given.results = Object.fromEntries(
      Object.entries(results).map(([name, value]) => [
        name,
        flow
          ? blankedResult(sealing, traces, { step: { ...flow, step: name }, value })
          : traces.cleaned(value),
      ]),
    );
  if (chain && Array.isArray(chain.rest))
    given.chain = { ...chain, rest: chain.rest.map((step) => blankedStep(sealing, traces, step)) };
  return { ...links, ...given };
}

/** What a step returned, without what of it is of the person: all of it where the field says so. */
export function blankedResult(
  { keyring }: Pick<Sealing, 'keyring'>,
  traces: Traces,
  { step, value }: { step: { queue: string; id: string; step: string }; value: unknown },
): unknown {
  const seal = isSealed(value) ? sealOfStep({ keyring }, step) : null;
  const opened = seal ? readOwn<unknown>(seal.open('result', String(value))) : value;
  if (traces.areIn(opened)) return null;
  const cleaned = traces.cleaned(opened);
  if (cleaned === opened) return value;
  return seal ? seal.seal('result', JSON.stringify(cleaned)) : cleaned;
}

/** A step that is theirs stays, without what it was to work with: what comes after it goes on or not as it says. */
function blankedStep({ keyring }: Sealing, traces: Traces, step: StoredStep): StoredStep {
  const { queue, id, data, options } = step;
  const seal = options.encrypted ? sealOf({ queue, keyring }, id) : null;
  const record: JobRecord = { data, options: { ...options }, status: 'created', progress: 0 };
  if (seal) openRecord(seal, record);
  if (!traces.areIn(record.data, record.options.headers)) return step;
  const { headers: _, sealed: __, ...others } = options;
  return { ...step, data: seal ? seal.seal('data', 'null') : null, options: others };
}

/** What came of a job; and its headers, once nobody reads them any more. */
function cleanedOptions(traces: Traces, options: StoredOptions, hasEnded: boolean): StoredOptions {
  const { result, errors, stacktraces, logs, once, headers } = options;
  const pieces = { result, errors, stacktraces, logs, once, ...(hasEnded && { headers }) };
  const changed = Object.entries(pieces).filter(([, piece]) => traces.areNamedIn(piece));
  return { ...options, ...Object.fromEntries(changed.map(([name, piece]) => [name, traces.cleaned(piece)])) };
}

function isSameOptions(one: StoredOptions, other: StoredOptions): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** Without a text the data are written as they are now. */
function written(record: JobRecord, raw: string | null, seal: JobSeal | null): string {
  if (seal === null) return rewriteRecord(raw ?? JSON.stringify({ data: record.data }), record);
  const data = raw === null ? null : memberOf(raw, 'data');
  const json =
    data !== null && isSealed(readOwn<unknown>(data))
      ? data
      : `"${seal.seal('data', JSON.stringify(record.data))}"`;
  return rewriteRecord(`{"data":${json}}`, sealRecord(seal, record));
}
