import type { Finding } from '../carry/finding.ts';
import { CHANGED, type ChangedWhat, LEFT_OUT, type LeftWhy, NO_LOSS } from '../carry/remarks.ts';
import type { SourceName } from '../carry/rules.ts';
import { SOURCES } from '../carry/sources.ts';
import { escapeControls } from '../log-text.ts';
import { isName, NAME_RULE } from '../names.ts';
import { nearestOf } from '../nearest.ts';
import type { RedisClient } from '../redis/connect.ts';
import { countText, numberText } from '../texts.ts';
import type { Call, Connection } from './command.ts';
import { CommandFailure, EXIT } from './exit-code.ts';
import type { ImportedLine } from './import-line.ts';
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

/** How many are not as they were, or stay, for one reason; a few of them by name. */
export interface Remark {
  text: string;
  count: number;
  examples: string[];
}

/** What is to be said of what was found, beside how much was stored. */
export interface Remarks {
  left: (Remark & { why: LeftWhy; isLoss: boolean })[];
  changed: (Remark & { what: ChangedWhat })[];
}

const MOST_EXAMPLES = 5;

/** Reaches the Redis of the other library and finds its queues. Throws what ends the command where there is none. */
export async function openSource(
  call: Call,
  { client: own, prefix: ownPrefix }: Connection,
  given: GivenSource,
): Promise<OpenSource> {
  const { source, queue, into, fromRedis, fromPrefix } = given;
  const { prefix: usual, find } = SOURCES[source];
  const prefix = fromPrefix ?? usual;
  const client = fromRedis === undefined ? own : await call.reach(checkedUrl('--from-redis', fromRedis));
  const names = await find(client, prefix);
  const queues = queue === undefined ? [...names].sort() : [queue];
  if (queue !== undefined && !names.has(queue)) throw noQueue(given, [...names], prefix);
  for (const name of queues) {
    requireQueueName(into ?? name);
    const isSame =
      source === 'bee-queue' && client === own && prefix === ownPrefix && (into ?? name) === name;
    if (isSame)
      throw new CommandFailure(
        EXIT.wrongUse,
        `queue ${name} is served here as it is: there is nothing to carry`,
      );
  }
  return { ...given, client, prefix, queues };
}

function noQueue(
  { source, queue = '' }: GivenSource,
  names: readonly string[],
  prefix: string,
): CommandFailure {
  const meant = nearestOf(queue, names);
  const hint = meant === null ? '' : `; did you mean ${meant}?`;
  return new CommandFailure(EXIT.notFound, `there is no queue ${queue} of ${source} under ${prefix}:${hint}`);
}

function requireQueueName(name: string): void {
  if (isName(name)) return;
  const text = `${name} can be no queue here, say another by --queue: it must be ${NAME_RULE}`;
  throw new CommandFailure(EXIT.wrongUse, text);
}

/** Reads all that goes over, and takes note of what does not. */
export async function* readSource(
  call: Call,
  from: OpenSource,
  remarks: Notes,
): AsyncGenerator<ImportedLine> {
  const { source, client, prefix, types, queues } = from;
  for (const queue of queues) {
    const into = from.into ?? queue;
    const rules = { client, source, prefix, queue, into, types, now: call.now() };
    for await (const finding of SOURCES[source].walk(rules)) {
      remarks.note(finding);
      if (finding.kind === 'moved') yield { ...finding.moved, queue: into };
    }
  }
}

/** Counts what stays and what changes, by why; as large however much that is. */
export class Notes {
  readonly #left = new Map<LeftWhy, { count: number; examples: string[] }>();
  readonly #changed = new Map<ChangedWhat, { count: number; examples: string[] }>();

  note(finding: Finding): void {
    if (finding.kind === 'left') {
      count(this.#left, finding.why, finding);
      return;
    }
    for (const what of finding.changed)
      count(this.#changed, what, { count: 1, names: [nameOf(finding.moved)] });
  }

  /** All of it, most first. */
  told(): Remarks {
    const left = [...this.#left].map(([why, one]) => {
      return { why, text: LEFT_OUT[why], isLoss: !NO_LOSS.includes(why), ...one };
    });
    const changed = [...this.#changed].map(([what, one]) => ({ what, text: CHANGED[what], ...one }));
    return { left: left.sort(mostFirst), changed: changed.sort(mostFirst) };
  }
}

function count<Why>(
  counts: Map<Why, { count: number; examples: string[] }>,
  why: Why,
  more: { count: number; names: readonly string[] },
): void {
  const known = counts.get(why) ?? { count: 0, examples: [] };
  known.count += more.count;
  const room = Math.max(0, MOST_EXAMPLES - known.examples.length);
  known.examples.push(...more.names.slice(0, room).map((name) => name.slice(0, LONGEST_EXAMPLE)));
  counts.set(why, known);
}

const LONGEST_EXAMPLE = 100;

function nameOf(moved: Extract<Finding, { kind: 'moved' }>['moved']): string {
  switch (moved.kind) {
    case 'job':
    case 'member':
      return moved.id;
    case 'schedule':
      return moved.schedule.name;
    case 'limits':
      return 'limits';
    default:
      return moved satisfies never;
  }
}

function mostFirst(one: Remark, other: Remark): number {
  return other.count - one.count;
}

/** Says all of it, a line for each reason. */
export function remarksText({ left, changed }: Remarks): string {
  const lines = [
    ...left.map(({ isLoss, ...one }) => `${isLoss ? 'left out' : 'not needed'}: ${lineOf(one)}`),
    ...changed.map((one) => `changed: ${lineOf(one)}`),
  ];
  return lines.map((line) => `${escapeControls(line)}\n`).join('');
}

function lineOf({ count, text, examples }: Remark): string {
  const such =
    examples.length === 0 ? '' : `, such as ${examples.map((name) => JSON.stringify(name)).join(', ')}`;
  return `${numberText(count)} that ${text}${such}`;
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
