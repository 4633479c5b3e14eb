import { ApiaryError } from '../../errors.ts';
import {
  type JobSeal,
  openRecord,
  type Sealing,
  sealOf,
  sealRecord,
  tamperedWith,
} from '../record/private.ts';
import type { JobRecord } from '../record/record.ts';
import type { Taken } from '../session/taken.ts';

/** What there is to a job that was opened: what seals it again; or why it could not be. */
export type OpenedJob = { seal: JobSeal | null; refusal: null } | { seal: null; refusal: ApiaryError };

/** That of one that is not encrypted. */
const NOT_ENCRYPTED: OpenedJob = { seal: null, refusal: null };

/** Opens the record of an encrypted job, in place; where that cannot be, it stays as it is stored. */
export function openTaken({ id, record }: Taken, sealing: Sealing): OpenedJob {
  if (record.options.encrypted !== true) return NOT_ENCRYPTED;
  try {
    const seal = sealOf(sealing, id);
    openRecord(seal, record);
    return { seal, refusal: null };
  } catch (thrown) {
    return { seal: null, refusal: thrown instanceof ApiaryError ? thrown : tamperedWith(thrown) };
  }
}

/** The record of a job as it may be stored. */
export function storable(seal: JobSeal | null, record: JobRecord): JobRecord {
  return seal ? sealRecord(seal, record) : record;
}
