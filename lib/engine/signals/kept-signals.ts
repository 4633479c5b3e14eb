import { isName } from '../../names.ts';
import type { QueueKeys } from '../keys.ts';
import type { StoredOptions } from '../record/record.ts';
import { birthOf } from '../record/waits.ts';
import { type RedisClient, runScript } from '../scripts.ts';

/** How many signals a job keeps, and how long they are together, as they are stored, in bytes. */
export const MOST_SIGNALS = 100;
export const MOST_SIGNALS_BYTES = 262_144;

/** A signal as it is kept: when it came (epoch ms by Redis's clock), and its data as JSON, sealed or not. */
export interface KeptSignal {
  at: number;
  json: string;
}

/** The signals that a job has been given, by their names, and what time it was then (epoch ms by Redis's clock). */
export interface KeptSignals {
  now: number;
  byName: ReadonlyMap<string, KeptSignal>;
}

/** A line of what `signals-of.lua` reads: a name, a time, a token and JSON, in which U+2028 and U+2029 may stand. */
const LINE = /^(\S+) (\d+) (\S+) (.*)$/s;

/** Whether it is what may be kept of the signals of a job; anybody may have written it. */
export function isKeptSignals(value: unknown): value is string {
  if (typeof value !== 'string' || value.length > 2 * MOST_SIGNALS_BYTES || /\p{Cs}/u.test(value))
    return false;
  const [first = '', ...lines] = value.split('\n');
  const [birth = '', ...awaited] = first.split(' ');
  const isFirst = /^(?:\d{1,16}|-)$/.test(birth) && awaited.every(isName);
  return isFirst && lines.length <= MOST_SIGNALS && lines.every(isLine);
}

function isLine(line: string): boolean {
  const [, name, , , json = ''] = LINE.exec(line) ?? [];
  try {
    JSON.parse(json);
    return isName(name);
  } catch {
    return false;
  }
}

/** Reads the signals of a job, and the time; none of another one that had its id before. */
export async function readSignals(
  { client, keys }: { client: RedisClient; keys: QueueKeys },
  id: string,
  options: StoredOptions,
): Promise<KeptSignals> {
  const [now, text] = await runScript(client, { script: 'read-signals', queue: keys, args: { id } });
  return { now, byName: signalsIn(text, options) };
}

function signalsIn(text: string | null, options: StoredOptions): KeptSignals['byName'] {
  const [first = '', ...lines] = (text ?? '').split('\n');
  const byName = new Map<string, KeptSignal>();
  if (first.split(' ')[0] !== birthOf(options)) return byName;
  for (const line of lines) {
    const [, name, at, , json] = LINE.exec(line) ?? [];
    if (name !== undefined && json !== undefined) byName.set(name, { at: Number(at), json });
  }
  return byName;
}

/** What is kept of the signals of a job, with other data in place of theirs. */
export function withOtherData(text: string, change: (name: string, json: string) => string): string {
  const rewrite = (line: string): string => {
    const [, name, at, token, json] = LINE.exec(line) ?? [];
    return name === undefined || json === undefined ? line : `${name} ${at} ${token} ${change(name, json)}`;
  };
  const [first = '', ...lines] = text.split('\n');
  return [first, ...lines.map(rewrite)].join('\n');
}
