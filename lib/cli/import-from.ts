import { stays } from '../carry/finding.ts';
import { type SourceName, USUAL_PREFIXES } from '../carry/rules.ts';
import { SOURCES } from '../carry/sources.ts';
import { queueKeys } from '../engine/keys.ts';
import { strangersAmong } from '../engine/transfer/strangers.ts';
import { isName, NAME_RULE } from '../names.ts';
import { nearestOf } from '../nearest.ts';
import type { RedisClient } from '../redis/connect.ts';
import { databaseOf } from '../redis/info.ts';
import { countText } from '../texts.ts';
import type { Call, Connection } from './command.ts';
import { CommandFailure, EXIT } from './exit-code.ts';
import type { ImportedLine } from './import-line.ts';
import type { Notes } from './import-notes.ts';
import { type StoreSome, storeIn } from './import-store.ts';
import { checkedUrl } from './where-redis.ts';

/** What was said of where jobs are carried over from. */
export interface GivenSource {
  source: SourceName;
  /** The queue there; all where it is left out. */
  queue: string | undefined;
  /** Where all of them go; else each into one of its name. */
  into: string | undefined;
  fromRedis: string | undefined;
  fromPrefix: string | undefined;
  types: ReadonlyMap<string, string>;
}

/** Where jobs are carried over from, and which queues. */
export interface OpenSource extends GivenSource {
  client: RedisClient;
  prefix: string;
  queues: readonly string[];
}

/** Reaches the Redis of the other library and finds its queues. Throws what ends the command where there is none. */
export async function openSource(
  call: Call,
  { client: own, prefix: ownPrefix }: Connection,
  given: GivenSource,
): Promise<OpenSource> {
  const { source, queue, into, fromRedis, fromPrefix } = given;
  const prefix = fromPrefix ?? USUAL_PREFIXES[source];
  const client = fromRedis === undefined ? own : await call.reach(checkedUrl('--from-redis', fromRedis));
  const queues = await findQueues({ source, queue }, client, prefix);
  const named = into ?? queue;
  if (named !== undefined) requireQueueName(named);
  const same = queues.find((name) => (into ?? name) === name);
  // Its jobs would be stored beside themselves.
  if (source === 'bee-queue' && prefix === ownPrefix && same !== undefined && (await isOne(own, client))) {
    const text = `queue ${same} is served here as it is: there is nothing to carry`;
    throw new CommandFailure(EXIT.wrongUse, text);
  }
  return { ...given, client, prefix, queues };
}

/** Only where one is not there, or all are meant, the whole key space is looked through. */
async function findQueues(
  { source, queue }: Pick<GivenSource, 'source' | 'queue'>,
  client: RedisClient,
  prefix: string,
): Promise<string[]> {
  const { has, find } = SOURCES[source];
  if (queue !== undefined && (await has(client, prefix, queue))) return [queue];
  const names = [...(await find(client, prefix))].sort();
  if (queue === undefined && names.length > 0) return names;
  const meant = queue === undefined ? null : nearestOf(queue, names);
  const hint = meant === null ? '' : `; did you mean ${meant}?`;
  const text = `there is no queue ${queue === undefined ? '' : `${queue} `}of ${source} under the prefix ${prefix}${hint}`;
  throw new CommandFailure(EXIT.notFound, text);
}

async function isOne(own: RedisClient, other: RedisClient): Promise<boolean> {
  if (own === other) return true;
  const [one, two] = await Promise.all([databaseOf(own), databaseOf(other)]);
  return one !== null && one === two;
}

function requireQueueName(name: string): void {
  if (isName(name)) return;
  const text = `${name} can be no queue here, say another by --queue: it must be ${NAME_RULE}`;
  throw new CommandFailure(EXIT.wrongUse, text);
}

/** Reads all that goes over, and takes note of what does not. */
export async function* readSource(call: Call, from: OpenSource, notes: Notes): AsyncGenerator<ImportedLine> {
  const { source, client, prefix, types, queues } = from;
  for (const queue of queues) {
    const into = from.into ?? queue;
    if (!isName(into)) {
      notes.note(stays('queue', queue));
      continue;
    }
    const rules = { client, source, prefix, queue, into, types, now: call.now() };
    for await (const finding of SOURCES[source].walk(rules)) {
      notes.note(finding);
      if (finding.kind === 'moved') yield { ...finding.moved, queue: into };
    }
  }
}

/** Stores what is carried over; takes note of jobs that are not there although they seem to be. */
export function storeCarried(
  call: Call,
  connection: Connection,
  { into, notes }: { into: string | undefined; notes: Notes },
): StoreSome {
  const store = storeIn(call, connection, into);
  const { client, prefix } = connection;
  return async (queue, some) => {
    const stored = await store(queue, some);
    const jobs = some.filter((one) => one.kind === 'job');
    if (stored === some.length || jobs.length === 0) return stored;
    const keys = queueKeys(prefix, queue, client.isCluster);
    for (const id of await strangersAmong({ client, keys }, jobs)) notes.note(stays('taken', id));
    return stored;
  };
}

/** Reads which types the names of jobs become: a JSON object. Throws what ends the command for anything else. */
export function readTypes(json: string | undefined): ReadonlyMap<string, string> {
  if (json === undefined) return new Map();
  const types = new Map(Object.entries(parsedObject(json)));
  for (const [name, type] of types) {
    if (isName(type)) continue;
    throw new CommandFailure(
      EXIT.wrongUse,
      `--types: the type of ${JSON.stringify(name)} must be ${NAME_RULE}`,
    );
  }
  return types;
}

function parsedObject(json: string): Record<string, string> {
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch {}
  throw new CommandFailure(EXIT.wrongUse, `--types must be a JSON object such as {"send mail":"mail.send"}`);
}

/** What is to be agreed to, in words that follow `import`. */
export function sourceText({ source, queues }: OpenSource): string {
  return queues.length === 1
    ? `queue ${queues[0]} of ${source}`
    : `${countText(queues.length, 'queue')} of ${source}`;
}
