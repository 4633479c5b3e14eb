import { closeSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { FAULTS } from './fault-kinds.ts';
import { trueNow } from './true-time.ts';

const FEATURES = [
  ...['plain', 'delayed', 'retrying', 'snoozing', 'once', 'unique', 'keyed', 'grouped'],
  ...['following', 'chain', 'batch', 'stock'],
] as const;

/** A piece of work that was acknowledged to a producer; `name` stands in the data of its job, and is there once. */
const acknowledged = z.object({
  fact: z.literal('acknowledged'),
  at: z.number(),
  name: z.string(),
  feature: z.enum(FEATURES),
  /** Whose turn it is within a key: after all with a smaller `seq`. */
  line: z.object({ key: z.string(), seq: z.number() }).optional(),
  /** No other of this unique key may run at the same time. */
  alone: z.string().optional(),
  /** Not to begin before. */
  dueAt: z.number().optional(),
  /** Not to begin before these have succeeded. */
  after: z.array(z.string()).optional(),
});

/** A call of a handler begins: for one piece of work, or for all of a group. */
const began = z.object({
  fact: z.literal('began'),
  at: z.number(),
  run: z.string(),
  names: z.array(z.string()),
  /** Of the job, or of the carrier of the group. */
  id: z.string(),
  attempt: z.number(),
  pid: z.number(),
  isStock: z.boolean().optional(),
});

const ended = z.object({
  fact: z.literal('ended'),
  at: z.number(),
  run: z.string(),
  how: z.enum(['succeeded', 'threw', 'snoozed']),
});

/** Something was done that is to be done once. */
const effect = z.object({ fact: z.literal('effect'), at: z.number(), run: z.string(), name: z.string() });

/** Something was broken, and mended; `pids` are those whom it hit, null all. */
const fault = z.object({
  fact: z.literal('fault'),
  kind: z.enum(Object.keys(FAULTS) as [keyof typeof FAULTS]),
  from: z.number(),
  until: z.number(),
  pids: z.array(z.number()).nullable(),
});

/** A process found that it had not run for a while. */
const stoodStill = z.object({
  fact: z.literal('stoodStill'),
  from: z.number(),
  until: z.number(),
  pids: z.array(z.number()),
});

/** A process ended by itself though nobody had told it to. */
const crashed = z.object({
  fact: z.literal('crashed'),
  at: z.number(),
  who: z.string(),
  pid: z.number(),
  said: z.string(),
});

const line = z.discriminatedUnion('fact', [acknowledged, began, ended, effect, fault, stoodStill, crashed]);

/** A fact that a process wrote down. */
export type Fact = z.infer<typeof line>;

/** A fact of one kind. */
export type FactOf<Name extends Fact['fact']> = Extract<Fact, { fact: Name }>;

/** What a job shows of the system. */
export type Feature = FactOf<'acknowledged'>['feature'];

/** A file that facts are written to, each at once and whole: who is killed next must have told. */
export class EvidenceFile {
  readonly #file: number;

  constructor(path: string) {
    this.#file = openSync(path, 'a');
  }

  write(fact: Fact): void {
    writeSync(this.#file, `${JSON.stringify(fact)}\n`);
  }

  close(): void {
    closeSync(this.#file);
  }
}

/** Writes down whenever this process does not run for longer than a second; costs a timer. */
export function tellStandstills(file: EvidenceFile, pid: number): void {
  let last = trueNow();
  setInterval(() => {
    const now = trueNow();
    if (now - last > STANDSTILL_MS) file.write({ fact: 'stoodStill', from: last, until: now, pids: [pid] });
    last = now;
  }, LOOK_MS).unref();
}

const LOOK_MS = 250;
const STANDSTILL_MS = 1_000;

/** Reads all facts that the files of a folder hold; the last line of a process that was killed may be half a line. */
export function readEvidence(folder: string): Fact[] {
  return readdirSync(folder).flatMap((name) => {
    const lines = readFileSync(join(folder, name), 'utf8').split('\n');
    lines.pop();
    return lines.map((text) => line.parse(JSON.parse(text)));
  });
}
