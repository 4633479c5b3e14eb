import { createHash } from 'node:crypto';
import type { StoredOptions } from './record.ts';

/** What a failure is known by. */
export interface Failure {
  /** The type of the job. */
  type: string;
  /** Name and message of its newest error; both '' when none was kept. */
  name: string;
  message: string;
}

/** So many hexadecimal digits: short enough for a URL, long enough that no two failures of a queue share them. */
const LENGTH = 16;
const SHAPE = new RegExp(`^[0-9a-f]{${LENGTH}}$`);

/** How much of a message is read, and how much counts once what varies is out of it, in characters. */
const READ = 1_000;
const COUNTED = 300;
/** A port above is one that the system gave to a connection; one below says which service was meant. */
const LAST_SERVICE_PORT = 32_767;

/**
 * Reads how a job failed last; a job without a type is of the type named like its queue. Of an attempt under a stock
 * worker only the stack is kept, which begins with the message.
 */
export function failureOf(queue: string, options: StoredOptions): Failure {
  const { type = queue, errors = [], stacktraces = [] } = options;
  const [newest] = errors;
  if (newest) return { type, name: String(newest.name), message: String(newest.message) };
  const [stack] = stacktraces;
  if (stack === undefined) return { type, name: '', message: '' };
  return { type, name: 'Error', message: String(stack).split('\n')[0] ?? '' };
}

/**
 * Makes a short text, fit for a URL, that is the same for failures that are alike: of one type, with one name of
 * error, and with messages that differ only in what varies from job to job. That is, for this rule:
 *
 * - numbers, and signs that hold some: ids, UUIDs, hexadecimal numbers, times, IP addresses; of `order1234` and
 *   `3000ms` the letters count;
 * - e-mail addresses, and the queries of URLs;
 * - what stands in quotes and is more than one word, or one sign.
 *
 * A single word in quotes counts as it would without: it mostly names a thing of the program, a constraint, a column, a
 * property. So does the status of an HTTP answer, and the port of a service behind an IP address. Where it is in
 * doubt, two groups are better than one: what is done to a group is never done to a failure of another kind.
 */
export function fingerprintOf({ type, name, message }: Failure): string {
  const text = JSON.stringify([type, name, withoutVariables(message)]);
  return createHash('sha256').update(text).digest('hex').slice(0, LENGTH);
}

/** Whether a text may be what {@link fingerprintOf} makes. */
export function isFingerprint(text: string): boolean {
  return SHAPE.test(text);
}

/** A message as it counts: `#` stands for what varies. */
export function withoutVariables(message: string): string {
  return replaceParts(message.slice(0, READ))
    .replace(/#(?:[.,:]#)+/g, '#')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, COUNTED);
}

/**
 * What is looked at in a message, from left to right; the first alternative that fits wins. All but a word are
 * bounded, as what a message quotes may be of any size and make.
 */
const PARTS = new RegExp(
  [
    /(?<status>\b(?:status|status code|HTTP|HTTP\/\d(?:\.\d)?|answered)[ :=]{1,3}[1-5]\d\d\b)/,
    /(?<query>\?[\w.%~[\]-]{1,100}=[^\s"'`<>()]{0,2000})/,
    /(?<mail>(?<![\w.%+-])[\w.%+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8})/,
    /(?<host>(?<![\w.:])(?:localhost|\d{1,3}(?:\.\d{1,3}){3}|\[?(?:[\da-f]{0,4}:){2,7}[\da-f]{0,4}\]?))(?::(?<port>\d{1,5})\b)?/,
    /(?<!\w)(?<quote>["'`])(?<quoted>[^"'`\n]{0,400})\k<quote>(?!\w)/,
    /(?<word>[\p{L}\p{N}_-]+)/u,
  ]
    .map(({ source }) => source)
    .join('|'),
  'giu',
);

function replaceParts(text: string): string {
  return text.replace(PARTS, (whole, ...rest) => {
    const parts: Record<string, string | undefined> = rest.at(-1);
    if (parts['word'] !== undefined) return replaceWord(parts['word']);
    if (parts['status'] !== undefined) return whole;
    if (parts['query'] !== undefined) return '';
    if (parts['mail'] !== undefined) return '#';
    if (parts['host'] !== undefined) return replaceAddress(parts['host'], parts['port']);
    return replaceQuoted(parts['quoted'] ?? '');
  });
}

function replaceAddress(host: string, port: string | undefined): string {
  const shown = /^localhost$/i.test(host) ? host : '#';
  return port !== undefined && Number(port) <= LAST_SERVICE_PORT ? `${shown}:${port}` : shown;
}

function replaceQuoted(quoted: string): string {
  return quoted.length < 2 || /\s/.test(quoted) ? '"#"' : `"${replaceParts(quoted)}"`;
}

const UUID = /[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}/gi;

/** A word may be several, with `-` or `_` between them. */
function replaceWord(word: string): string {
  const [, prefix = '', rest = ''] = /^([a-z]+_)?(.*)$/.exec(word.replace(UUID, '#')) ?? [];
  if (isDrawn(rest)) return `${prefix}#`;
  return prefix + rest.replace(/^-(?=\d)/, '').replace(/[\p{L}\p{N}]+/gu, replaceRun);
}

/** Whether a word was drawn from letters of both kinds, digits, `-` and `_` rather than thought of. */
function isDrawn(word: string): boolean {
  return word.length >= 12 && /[a-z]/.test(word) && /[A-Z]/.test(word) && digitRuns(word) > 1;
}

/**
 * Letters and digits in one: what has many digits or changes often between both is an id; of the others the letters
 * count.
 */
function replaceRun(run: string): string {
  if (!/\d/.test(run)) return run;
  const isHexadecimal = /^(?:0x[\da-f]+|[\da-f]{8,})$/i.test(run);
  return isHexadecimal || run.length >= 16 || digitRuns(run) > 1 ? '#' : run.replace(/\d+/, '#');
}

function digitRuns(text: string): number {
  return text.match(/\d+/g)?.length ?? 0;
}
