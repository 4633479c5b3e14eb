import { presenceKeys } from '../keys.ts';
import { PRESENCE_TTL_MS, type PresenceDeps, parseSaid, readWorkers, type WorkerInfo } from './presence.ts';

/** A live worker that has a handler for a type. */
export interface Acceptor {
  id: string;
  host: string;
  pid: number;
  /** Of Apiary. */
  version: string;
  /** Of the JSON Schema that it checks data against; null where its schema can write none. */
  fingerprint: string | null;
}

/** What live workers accept as data of a type. */
export interface Contract {
  queue: string;
  type: string;
  /** The first 100 of them, the one that started first first. */
  workers: Acceptor[];
  /** How many there are. */
  workerCount: number;
  /** The JSON Schemas of those workers by their fingerprints; one that is large is left out. */
  schemas: Record<string, Record<string, unknown>>;
}

/** Contracts by queue and type: the first 1,000, and how many there are. */
export interface Contracts {
  contracts: Contract[];
  total: number;
}

type Schemas = ReadonlyMap<string, Record<string, unknown>>;

const MOST_CONTRACTS = 1_000;
const MOST_WORKERS = 100;
/** The schemas of so many workers are read at a time, as they may be large. */
const READ_AT_ONCE = 20;

/** Says which JSON Schemas a worker goes by, by their fingerprints; holds for 15 s unless `ttlMs` says otherwise. */
export async function announceSchemas(
  { client, prefix }: PresenceDeps,
  { id, schemas }: { id: string; schemas: Readonly<Record<string, unknown>> },
  ttlMs = PRESENCE_TTL_MS,
): Promise<void> {
  if (Object.keys(schemas).length === 0) return;
  await client.set(presenceKeys(prefix).schemas(id), JSON.stringify(schemas), 'PX', ttlMs);
}

/** Reads who accepts what, as each worker last spoke of itself. */
export async function readContracts(deps: PresenceDeps): Promise<Contracts> {
  const workers = await readWorkers(deps);
  const all = gather(workers);
  const contracts = [...all.values()].sort(byPlace).slice(0, MOST_CONTRACTS);
  const schemas = await readSchemas(deps, workers);
  for (const contract of contracts) contract.schemas = schemasOf(contract, schemas);
  return { contracts, total: all.size };
}

function gather(workers: readonly WorkerInfo[]): Map<string, Contract> {
  const all = new Map<string, Contract>();
  for (const worker of workers) {
    for (const { type, queue, fingerprint = null } of worker.handlers) {
      const name = JSON.stringify([queue, type]);
      const known = all.get(name) ?? { queue, type, workers: [], workerCount: 0, schemas: {} };
      all.set(name, known);
      known.workerCount++;
      if (known.workers.length === MOST_WORKERS) continue;
      const { id, host, pid, version } = worker;
      known.workers.push({ id, host, pid, version, fingerprint });
    }
  }
  return all;
}

function byPlace(one: Contract, other: Contract): number {
  if (one.queue !== other.queue) return one.queue < other.queue ? -1 : 1;
  return one.type < other.type ? -1 : 1;
}

function schemasOf({ workers }: Contract, schemas: Schemas): Contract['schemas'] {
  const found: Contract['schemas'] = {};
  for (const { fingerprint } of workers) {
    const schema = fingerprint === null ? undefined : schemas.get(fingerprint);
    if (fingerprint !== null && schema) found[fingerprint] = schema;
  }
  return found;
}

async function readSchemas(
  { client, prefix }: PresenceDeps,
  workers: readonly WorkerInfo[],
): Promise<Schemas> {
  const keys = presenceKeys(prefix);
  const ids = workers
    .filter(({ handlers }) => handlers.some(({ fingerprint }) => fingerprint !== undefined))
    .map(({ id }) => keys.schemas(id));
  const schemas = new Map<string, Record<string, unknown>>();
  for (let from = 0; from < ids.length; from += READ_AT_ONCE) {
    const texts = await client.mget(...ids.slice(from, from + READ_AT_ONCE));
    for (const [name, schema] of texts.flatMap(entriesOf)) schemas.set(name, schema);
  }
  return schemas;
}

/** What another version says in another shape is passed over. */
function entriesOf(text: string | null): [string, Record<string, unknown>][] {
  const value: unknown = text === null ? null : parseSaid(text);
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([name, schema]) => (isObject(schema) ? [[name, schema]] : []));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
