import { anyOption, checkOptions, type Option, optionThat, wholeOption } from '../check-options.ts';
import { systemClock } from '../clock.ts';
import { ApiaryError } from '../errors.ts';
import { checkEach } from '../jobs/add-many.ts';
import type { JobDefinition } from '../jobs/define.ts';
import type { JobOptions } from '../jobs/options.ts';
import {
  type CheckedJob,
  checkData,
  jobFor,
  type LinkedAddress,
  type PlannedJob,
  requirePlanned,
  sending,
} from '../jobs/planned-job.ts';
import { NO_OPTIONS } from '../jobs/prepared-options.ts';
import { type EncryptionOptions, type Keyring, toKeyring } from '../keyring.ts';
import { requireProducerName } from '../names.ts';
import { OPEN } from '../open-client-options.ts';
import { insertInto, type NewRow, newRow, rowsText } from './new-row.ts';
import type { OutboxTransaction } from './postgres.ts';
import { outboxSql } from './schema.ts';
import { isTableName, TABLE_RULE, type TableNames, tableNames } from './table-names.ts';

/** What `createOutbox` takes. */
export interface OutboxOptions {
  /** The table, with its schema and a dot before it or not; default `apiary_outbox`. */
  table?: string;
  /** Kept with each job, as the name of a producer: 1 to 100 characters. Default: nothing is kept. */
  name?: string;
  /** How long the data of a job may be, as JSON in bytes; default 1,048,576. A relay has a limit of its own. */
  maxDataBytes?: number;
  /**
   * By what jobs are encrypted that ask for it, or all, as `createProducer` takes it: their rows have the data
   * encrypted already. Default: nothing; then such jobs are refused with ENCRYPTION_KEY_MISSING.
   */
  encryption?: EncryptionOptions;
}

const OPTIONS = {
  table: optionThat(`must be ${TABLE_RULE}`, isTableName).optional(),
  name: anyOption,
  maxDataBytes: wholeOption(1).optional(),
  encryption: OPEN.encryption,
} satisfies Record<keyof OutboxOptions, Option>;

/** How many jobs one statement inserts. */
const INSERT_CHUNK = 500;

/**
 * Makes an outbox: a table of your own database to which jobs are added if and only if your transaction commits. It
 * opens nothing. Throws CONFIG_INVALID for options that cannot be.
 */
export function createOutbox(options: OutboxOptions = {}): Outbox {
  checkOptions('createOutbox', OPTIONS, options);
  const { table, name, maxDataBytes, encryption } = options;
  if (name !== undefined) requireProducerName(name);
  return new Outbox(tableNames(table), { name: name ?? null, maxDataBytes, keyring: toKeyring(encryption) });
}

/** Adds jobs in transactions of a database; a relay brings them to Redis once these have committed. */
export class Outbox {
  readonly #names: TableNames;
  readonly #addedBy: string | null;
  readonly #maxDataBytes: number | undefined;
  readonly #keyring: Keyring | null;

  constructor(
    names: TableNames,
    given: { name: string | null; maxDataBytes: number | undefined; keyring: Keyring | null },
  ) {
    this.#names = names;
    this.#addedBy = given.name;
    this.#maxDataBytes = given.maxDataBytes;
    this.#keyring = given.keyring;
  }

  /** The migration that makes its tables, for PostgreSQL 13 and newer. To run it again changes nothing. */
  sql(): string {
    return outboxSql(this.#names);
  }

  /**
   * Adds a job within a transaction, with the checks and the options of `producer.add`; resolves with where it will be.
   * A `delayMs` counts from now. Rejects with JOB_INVALID or DATA_TOO_LARGE when data or options are not right, before
   * anything is sent, so the transaction can go on; with ENCRYPTION_KEY_MISSING where it is to be encrypted without
   * keys; and with what the database says.
   */
  async add<Input>(
    tx: OutboxTransaction,
    definition: JobDefinition<Input, unknown>,
    data: Input,
    options: JobOptions = NO_OPTIONS,
  ): Promise<LinkedAddress> {
    requireTransaction('add', tx);
    const checked = await checkData(jobFor(definition, data, options), this.#maxDataBytes);
    const store = async (jobs: readonly CheckedJob[]): Promise<NewRow[]> =>
      this.#insert(tx, jobs.map(this.#rowOf));
    const [added] = await sending([checked], store);
    if (added) return added.address;
    throw new Error('nothing was added');
  }

  /**
   * Adds jobs that `jobFor` made, in their order, five hundred to a statement. Rejects as `add`, where each path begins
   * with the place of the job in the list.
   */
  async addMany(tx: OutboxTransaction, jobs: readonly PlannedJob[]): Promise<LinkedAddress[]> {
    requireTransaction('addMany', tx);
    requirePlanned('addMany', jobs);
    const checked = await checkEach(jobs, (job) => checkData(job, this.#maxDataBytes));
    const store = async (traced: readonly CheckedJob[]): Promise<NewRow[]> =>
      this.#insert(tx, await checkEach(traced, this.#rowOf));
    return (await sending(checked, store)).map(({ address }) => address);
  }

  readonly #rowOf = (job: CheckedJob): NewRow =>
    newRow(job, { now: systemClock.now(), addedBy: this.#addedBy, keyring: this.#keyring });

  async #insert(tx: OutboxTransaction, rows: NewRow[]): Promise<NewRow[]> {
    const statement = insertInto(this.#names);
    for (let from = 0; from < rows.length; from += INSERT_CHUNK)
      await tx.query(statement, [rowsText(rows.slice(from, from + INSERT_CHUNK))]);
    return rows;
  }
}

/** What is forgotten most easily is the first argument. */
function requireTransaction(call: string, tx: unknown): void {
  if (typeof tx === 'object' && tx !== null && typeof Reflect.get(tx, 'query') === 'function') return;
  const message = 'takes the client of a transaction first, which has query(text, values)';
  throw new ApiaryError('JOB_INVALID', `outbox.${call} ${message}`, {
    problems: [{ path: 'tx', message: `must be a client with query(text, values)` }],
  });
}
