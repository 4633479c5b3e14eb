import { text } from 'node:stream/consumers';
import type { Inspector } from '../inspector/inspector.ts';
import type { Call } from './command.ts';
import { CommandFailure, EXIT } from './exit-code.ts';
import { jobOfWords } from './job-words.ts';

/** A job by its address. */
export interface JobTargetWords {
  queue: string;
  id: string;
}

const STANDARD_INPUT = '-';
const MOST_TARGETS = 100_000;

/**
 * The jobs that the words name: a queue and ids, or ids alone that one queue only has; `-` stands for ids on standard
 * input, one on a line. Throws what ends the command where an id alone is in no queue, or in several.
 */
export async function targetsOf(
  call: Call,
  inspector: Inspector,
  words: readonly string[],
): Promise<JobTargetWords[]> {
  const [first = '', ...rest] = words;
  const isQueue = rest.length > 0 && first !== STANDARD_INPUT && (await isNameOfQueue(inspector, first));
  const ids = await expanded(call, isQueue ? rest : words);
  if (isQueue) return ids.map((id) => ({ queue: first, id }));
  if (rest.length > 0 && first !== STANDARD_INPUT && (await inspector.find(first)).length === 0) {
    throw new CommandFailure(EXIT.notFound, `there is no queue and no job ${first}`);
  }
  const targets: JobTargetWords[] = [];
  for (const id of ids) {
    const { queue } = await jobOfWords(inspector, { queueOrId: id, id: undefined });
    targets.push({ queue, id });
  }
  return targets;
}

/** What comes on standard input stands where its sign does; each id counts once. */
async function expanded({ terminal }: Call, words: readonly string[]): Promise<string[]> {
  const lines = words.includes(STANDARD_INPUT) ? linesOf(await text(terminal.stdin)) : [];
  const ids = new Set(words.flatMap((word) => (word === STANDARD_INPUT ? lines : [word])));
  if (ids.size > MOST_TARGETS) {
    throw new CommandFailure(
      EXIT.wrongUse,
      `these are more than ${MOST_TARGETS} ids: name the jobs by --state and a filter`,
    );
  }
  return [...ids];
}

function linesOf(read: string): string[] {
  return read.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim()]));
}

async function isNameOfQueue(inspector: Inspector, name: string): Promise<boolean> {
  const { counts } = await inspector.queue(name);
  if (Object.values(counts).some((count) => count > 0)) return true;
  return (await inspector.census.names()).includes(name);
}
