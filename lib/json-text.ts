const QUOTE = 34;
const COMMA = 44;
const MINUS = 45;
const ZERO = 48;
const NINE = 57;
const OPEN_BRACKET = 91;
const BACKSLASH = 92;
const CLOSE_BRACKET = 93;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;

/** A value within a JSON text, from its first character up to but not including `end`. */
export interface TextSpan {
  start: number;
  end: number;
}

/** Cuts the items out of a text that is a JSON list, each as it is written there. The text must be JSON. */
export function elementsOf(text: string): string[] {
  return [...spansOfElements(text, 0)].map(({ start, end }) => text.slice(start, end));
}

/** Where the items of the JSON list are that begins at `from`. */
export function* spansOfElements(text: string, from: number): Iterable<TextSpan> {
  let at = skipSpace(text, skipSpace(text, from) + 1);
  while (at < text.length && text.charCodeAt(at) !== CLOSE_BRACKET) {
    const end = endOfValue(text, at);
    yield { start: at, end };
    at = skipSpace(text, end);
    if (text.charCodeAt(at) === COMMA) at = skipSpace(text, at + 1);
  }
}

/** Where the values of the JSON object are that begins at `from`, with their names. */
export function* spansOfMembers(text: string, from: number): Iterable<TextSpan & { name: string }> {
  let at = skipSpace(text, skipSpace(text, from) + 1);
  while (at < text.length && text.charCodeAt(at) !== CLOSE_BRACE) {
    const nameEnd = endOfString(text, at);
    const name = String(JSON.parse(text.slice(at, nameEnd)));
    // Behind the name stands the colon.
    const start = skipSpace(text, skipSpace(text, nameEnd) + 1);
    const end = endOfValue(text, start);
    yield { name, start, end };
    at = skipSpace(text, end);
    if (text.charCodeAt(at) === COMMA) at = skipSpace(text, at + 1);
  }
}

/**
 * Cuts one value out of a text that is a JSON object, as it is written there; of more under one name the last, as
 * JSON.parse does. Null when there is none. The text must be JSON.
 */
export function memberOf(text: string, wanted: string): string | null {
  let found: string | null = null;
  for (const { name, start, end } of spansOfMembers(text, 0)) {
    if (name === wanted) found = text.slice(start, end);
  }
  return found;
}

/** Where a string ends that begins at `start` with its quote. */
export function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at !== -1; at = text.indexOf('"', at + 1)) {
    let escapes = 0;
    while (text.charCodeAt(at - 1 - escapes) === BACKSLASH) escapes++;
    if (escapes % 2 === 0) return at + 1;
  }
  return text.length;
}

/** Where a value ends that begins at `start`. No recursion: data may be nested deeper than the stack is. */
export function endOfValue(text: string, start: number): number {
  const first = text.charCodeAt(start);
  if (first === QUOTE) return endOfString(text, start);
  if (first !== OPEN_BRACE && first !== OPEN_BRACKET) return endOfWord(text, start);
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at) - 1;
    else if (code === OPEN_BRACE || code === OPEN_BRACKET) depth++;
    else if ((code === CLOSE_BRACE || code === CLOSE_BRACKET) && --depth === 0) return at + 1;
  }
  return text.length;
}

/** Where a number, true, false or null ends. */
function endOfWord(text: string, start: number): number {
  let at = start;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === COMMA || code === CLOSE_BRACE || code === CLOSE_BRACKET || isSpace(code)) return at;
    at++;
  }
  return at;
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (isSpace(text.charCodeAt(at))) at++;
  return at;
}

function isSpace(code: number): boolean {
  return code === 32 || code === 10 || code === 13 || code === 9;
}

/** A number within a JSON text as it is written, and the names and positions that lead to it. */
export interface TextNumber {
  text: string;
  path: readonly (string | number)[];
}

/** Finds every number of a JSON text. The text must be JSON. */
export function* numbersOf(text: string): Iterable<TextNumber> {
  /** Where in each list or object we are; null where the name of an object is still to come. */
  const steps: (string | number | null)[] = [];
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === OPEN_BRACE) steps.push(null);
    else if (code === OPEN_BRACKET) steps.push(0);
    else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) steps.pop();
    else if (code === COMMA) steps.push(stepAfter(steps.pop()));
    else if (code === QUOTE) {
      const end = endOfString(text, at);
      if (steps.at(-1) === null) steps[steps.length - 1] = String(JSON.parse(text.slice(at, end)));
      at = end - 1;
    } else if (code === MINUS || (code >= ZERO && code <= NINE)) {
      const end = endOfWord(text, at);
      yield { text: text.slice(at, end), path: steps.map((step) => step ?? '') };
      at = end - 1;
    }
  }
}

function stepAfter(step: string | number | null | undefined): number | null {
  return typeof step === 'number' ? step + 1 : null;
}
