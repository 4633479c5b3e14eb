import { isLoggedError } from './redact.ts';

/** A record as bunyan hands it over, its level by name. */
export interface TextRecord {
  readonly time: Date;
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** How to write a record as text. */
export interface TextStyle {
  /** Colour the level, for a terminal. */
  readonly colour: boolean;
  /** Add the stacks of errors, on lines of their own below. */
  readonly stacks: boolean;
}

const COLOURS: Readonly<Record<string, number>> = {
  trace: 90,
  debug: 36,
  info: 32,
  warn: 33,
  error: 31,
  fatal: 35,
};
const MS_PER_MINUTE = 60_000;

/**
 * Writes a record as the one line `HH:MM:SS.mmm LEVEL component  message  name=value name=value`, in local time. Line
 * breaks and other control characters are escaped; values with spaces, quotes or equals signs stand in quotes. The
 * lines of stacks come below, each indented, so that none of them can be taken for a record.
 */
export function formatText({ time, level, message, fields }: TextRecord, style: TextStyle): string {
  const { component = 'apiary', ...others } = fields;
  const start = `${formatTime(time)} ${formatLevel(level, style)} ${escapeControls(String(component))}`;
  const line = joinParts([start, formatMessage(message, others)]);
  return style.stacks ? [line, ...stackLines(others)].join('\n') : line;
}

/** Writes a message and fields that were redacted as the part `message  name=value name=value` of such a line. */
export function formatMessage(message: string, fields: Readonly<Record<string, unknown>>): string {
  const pairs = Object.entries(fields).flatMap(([name, value]) => toPairs(name, value));
  return joinParts([escapeControls(message), pairs.join(' ')]);
}

function stackLines(fields: Readonly<Record<string, unknown>>): string[] {
  const stacks = Object.values(fields).flatMap((value) => (isLoggedError(value) ? [value.stack] : []));
  return stacks.flatMap((stack) => stack.split('\n')).map((line) => `    ${escapeControls(line)}`);
}

function joinParts(parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join('  ');
}

function formatTime(time: Date): string {
  const local = new Date(time.getTime() - time.getTimezoneOffset() * MS_PER_MINUTE);
  return local.toISOString().slice(11, 23);
}

function formatLevel(level: string, { colour }: TextStyle): string {
  const padded = level.toUpperCase().padEnd(5);
  return colour ? `\u001b[${COLOURS[level] ?? 0}m${padded}\u001b[0m` : padded;
}

function toPairs(name: string, value: unknown): string[] {
  if (value === undefined) return [];
  const key = quote(name);
  if (!isLoggedError(value)) return [`${key}=${toText(value)}`];
  const { message, code, cause } = value;
  const pairs = [`${key}=${quote(message)}`];
  if (code !== undefined) pairs.push(`${key}.code=${toText(code)}`);
  if (cause !== undefined) pairs.push(`${key}.cause=${quote(cause)}`);
  return pairs;
}

function toText(value: unknown): string {
  return typeof value === 'string' ? quote(value) : escapeControls(JSON.stringify(value));
}

function quote(text: string): string {
  return /^[^\s"=\p{Cc}\p{Bidi_Control}]+$/u.test(text) ? text : escapeControls(JSON.stringify(text));
}

/**
 * Escapes what changes how a terminal or an editor shows the text beside it: line breaks, all control characters,
 * those of U+0080 to U+009F too, and those that turn the direction of writing.
 */
export function escapeControls(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu, toEscape);
}

/** Does the same for a line of JSON, in which they stand raw within strings alone. */
export function escapeJsonLine(line: string): string {
  return line.replace(/[\u007f-\u009f\p{Zl}\p{Zp}\p{Bidi_Control}]/gu, toEscape);
}

function toEscape(character: string): string {
  const code = character.charCodeAt(0);
  return character === '\n' ? '\\n' : `\\u${code.toString(16).padStart(4, '0')}`;
}
