import { sealOf } from '../engine/record/private.ts';
import { makeJobId } from '../engine/record/record.ts';
import { settleEncryption } from '../jobs/encryption.ts';
import { joinOf } from '../jobs/group.ts';
import type { CheckedJob, LinkedAddress } from '../jobs/planned-job.ts';
import { resolveOptions } from '../jobs/resolve-options.ts';
import type { Keyring } from '../keyring.ts';
import { requireName } from '../names.ts';
import { writeRowOptions } from './row-options.ts';
import type { TableNames } from './table-names.ts';

/** A row that is to be inserted. What is JSON stands in it as text: PostgreSQL stores it as it is written. */
interface RowText {
  id: string;
  queue: string;
  type: string;
  data: string;
  options: string;
  /** When the groups of the type are handed over; only of a job that waits in one. */
  gather?: string;
  addedBy?: string;
}

/** A row that is to be inserted, and where its job will be. */
export interface NewRow {
  row: RowText;
  address: LinkedAddress;
}

/**
 * Makes the row of a job whose data were found right; `now` is epoch ms. One that is to be encrypted has its data and
 * headers as the job will have them. Throws JOB_INVALID for options that are not right, ENCRYPTION_KEY_MISSING where it
 * is to be encrypted and there are no keys.
 */
export function newRow(
  { definition, json, options }: CheckedJob,
  { now, addedBy, keyring }: { now: number; addedBy: string | null; keyring: Keyring | null },
): NewRow {
  const { type, queue, defaults, group } = definition;
  requireName('type', type);
  requireName('queue', queue);
  const resolved = settleEncryption(type, resolveOptions(defaults, options), keyring);
  const isGrouped = resolved.group !== null;
  // Told here, where somebody hears it.
  if (isGrouped) joinOf(definition, { name: '', carrierOptions: '' });
  // A row has an id that no other ever has, also where the job has one of the caller's.
  const id = makeJobId(now);
  const jobId = resolved.id ?? id;
  const seal = resolved.encrypt ? sealOf({ queue, keyring }, jobId) : null;
  const data = seal ? `"${seal.seal('data', json.text)}"` : json.text;
  return {
    row: {
      ...{ id, queue, type, data, options: writeRowOptions(resolved, seal) },
      ...(isGrouped && { gather: JSON.stringify(group) }),
      ...(addedBy !== null && { addedBy }),
    },
    address: { id: jobId, queue, type },
  };
}

/**
 * The statement that inserts rows in their order; `$1`, which is all that it is given, is what {@link rowsText} makes
 * of them. So any client of a database can run it, however it writes what stands for values.
 */
export function insertInto({ table }: TableNames): string {
  return `insert into ${table} (id, queue, type, data, options, gather, added_by)
select job ->> 'id', job ->> 'queue', job ->> 'type', (job ->> 'data')::json, (job ->> 'options')::json,
  (job ->> 'gather')::json, job ->> 'addedBy'
from json_array_elements($1::text::json) with ordinality as given (job, place) order by place`;
}

/** Writes rows out for {@link insertInto}. */
export function rowsText(rows: readonly NewRow[]): string {
  return JSON.stringify(rows.map(({ row }) => row));
}
