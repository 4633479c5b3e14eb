import { LATEST_TIME_MS } from '../clock.ts';
import type { GroupJoin } from '../engine/groups/groups.ts';
import { readOwn } from '../engine/own-json.ts';
import { MOST_DATA_BYTES, requireDataSize, tooLarge } from '../engine/record/data-size.ts';
import { type JobStart, JsonText, type NewJob, newJob, recordEnding } from '../engine/record/new-job.ts';
import type { RelayedJob } from '../engine/store/relayed.ts';
import { ApiaryError, coerceError } from '../errors.ts';
import { settleEncryption } from '../jobs/encryption.ts';
import { DEFAULT_GROUP, type GroupSettings, joinOf, resolveGroup } from '../jobs/group.ts';
import type { ResolvedJobOptions } from '../jobs/options.ts';
import { startOf, toStoredOptions, writeCarrierOptions } from '../jobs/stored-options.ts';
import { isSealed, type Keyring } from '../keyring.ts';
import { isLabel, LABEL_RULE, requireName } from '../names.ts';
import { RowOptions } from './row-options.ts';
import { MOST_OPTIONS_BYTES, type StoredRow, tokenOf } from './stored-row.ts';

/** The job of a row, and the group in which it waits, or null. */
export interface RowJob extends RelayedJob {
  join: GroupJoin | null;
}

/** Makes jobs of rows. */
export class RowJobs {
  readonly #options = new RowOptions();
  readonly #mostBytes: number;
  readonly #keyring: Keyring | null;

  /** The keys are those by which jobs are encrypted; null for none. */
  constructor(mostBytes: number = MOST_DATA_BYTES, keyring: Keyring | null = null) {
    this.#mostBytes = mostBytes;
    this.#keyring = keyring;
  }

  /** How long data can be at most, encrypted or not. */
  get mostReadBytes(): number {
    return sealedBytes(this.#mostBytes);
  }

  /** The job of a row, or why there can be none: whatever is wrong with one row must not stop the others. */
  of(row: StoredRow): RowJob | ApiaryError {
    try {
      return this.#of(row);
    } catch (error) {
      if (error instanceof ApiaryError) return error;
      return new ApiaryError('JOB_INVALID', `the row cannot be read: ${coerceError(error).message}`);
    }
  }

  #of(row: StoredRow): RowJob {
    const { data, options } = requireSound(row, this.mostReadBytes);
    const { id, type, gather, addedBy, addedAt, ageMs } = row;
    const { resolved: said, sealedHeaders } = this.#options.read(options);
    const isSealedRow = said.encrypt && data.startsWith('"') && isSealed(readOwn(data));
    requireDataSize(type, data, isSealedRow ? sealedBytes(this.#mostBytes) : this.#mostBytes);
    // The job has what is sealed in its row, so who relays it needs no keys.
    const resolved = isSealedRow ? said : settleEncryption(type, said, this.#keyring);
    const jobId = resolved.id ?? id;
    if (!isLabel(jobId)) throw new ApiaryError('JOB_INVALID', `id must be ${LABEL_RULE}`);
    const stored = toStoredOptions(type, resolved, { now: addedAt, addedBy });
    if (sealedHeaders !== null) stored.sealed = { headers: sealedHeaders };
    const parts = {
      id: jobId,
      data: new JsonText(data),
      ending: recordEnding(stored),
      start: startFrom(resolved, ageMs),
    };
    const made = newJob({ now: () => addedAt }, parts);
    const job: NewJob = isSealedRow ? { ...made, isSealed: true } : made;
    return { token: tokenOf(row), job, unique: resolved.unique, join: joinFor(type, resolved, gather) };
  }
}

/** The texts of a row; throws JOB_INVALID or DATA_TOO_LARGE for what nobody checked who inserted it by SQL. */
function requireSound(
  { id, type, data, dataBytes, options, hasLongGather, addedBy, addedAt }: StoredRow,
  mostReadBytes: number,
): { data: string; options: string } {
  requireName('type', type);
  if (!isLabel(id)) throw wrong('id', LABEL_RULE);
  if (addedBy !== null && !isLabel(addedBy)) throw wrong('added_by', LABEL_RULE);
  if (!(addedAt >= 0 && addedAt <= LATEST_TIME_MS))
    throw wrong('added_at', 'a time from 1970 on, not infinity');
  if (options === null || hasLongGather)
    throw wrong('options and gather', `at most ${MOST_OPTIONS_BYTES} bytes each`);
  if (data === null) throw tooLarge(type, dataBytes, mostReadBytes);
  return { data, options };
}

function wrong(path: string, rule: string): ApiaryError {
  const message = `${path} must be ${rule}`;
  return new ApiaryError('JOB_INVALID', message, { problems: [{ path, message }] });
}

/** How long data may be once they are sealed: a third longer, and with what they are sealed by. */
function sealedBytes(bytes: number): number {
  return Math.ceil((bytes * 4) / 3) + 200;
}

/** A delay counts from when the row was added; how much of it is left, the clock of the database tells. */
function startFrom(resolved: ResolvedJobOptions, ageMs: number): JobStart {
  const start = startOf(resolved);
  if (start === null || 'at' in start) return start;
  const leftMs = start.inMs - ageMs;
  return leftMs > 0 ? { inMs: leftMs } : null;
}

function joinFor(type: string, resolved: ResolvedJobOptions, gather: string | null): GroupJoin | null {
  if (resolved.group === null) return null;
  const group = gather === null ? DEFAULT_GROUP : settingsIn(type, gather);
  const carrierOptions = writeCarrierOptions(type, resolved);
  return joinOf({ type, group }, { name: resolved.group, carrierOptions });
}

function settingsIn(type: string, gather: string): GroupSettings {
  try {
    return resolveGroup(type, JSON.parse(gather));
  } catch (error) {
    if (error instanceof ApiaryError) throw error;
    throw new ApiaryError('JOB_INVALID', `gather must be JSON: ${coerceError(error).message}`);
  }
}
