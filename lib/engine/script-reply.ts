/** Reads the reply of a script; throws a {@link WrongReply} when it has another shape. */
export type Reply<T> = (reply: unknown) => T;

/** A reply that has another shape than the table of scripts says. */
export class WrongReply extends Error {
  constructor(expected: string, reply: unknown) {
    super(`${expected} was expected, not ${(JSON.stringify(reply) ?? String(reply)).slice(0, 100)}`);
  }
}

/** A whole number. */
export const count: Reply<number> = (reply) => {
  if (typeof reply === 'number') return reply;
  throw new WrongReply('a number', reply);
};

/** A text. */
export const text: Reply<string> = (reply) => {
  if (typeof reply === 'string') return reply;
  throw new WrongReply('a text', reply);
};

/** 1 or 0. */
export const flag: Reply<boolean> = (reply) => {
  if (reply === 1 || reply === 0) return reply === 1;
  throw new WrongReply('1 or 0', reply);
};

/** One of some words. */
export function oneOf<const W extends string | number>(...words: readonly W[]): Reply<W> {
  return (reply) => {
    const word = words.find((one) => one === reply);
    if (word === undefined) throw new WrongReply(`one of ${words.join(', ')}`, reply);
    return word;
  };
}

/** A list of whatever length. */
export function listOf<T>(part: Reply<T>): Reply<T[]> {
  return (reply) => asList(reply).map(part);
}

/** Texts. */
export const texts: Reply<string[]> = listOf(text);

/** What there may be none of: nil in Lua, or false. */
export function orNull<T>(part: Reply<T>): Reply<T | null> {
  return (reply) => (reply === null ? null : part(reply));
}

/** A list in which each place has a meaning of its own; what follows is passed over. */
export function tuple<const P extends readonly Reply<unknown>[]>(
  ...parts: P
): Reply<{ -readonly [I in keyof P]: ReturnType<P[I]> }> {
  return (reply) => {
    const list = asList(reply);
    const read = parts.map((part, at) => part(list[at]));
    return read as { -readonly [I in keyof P]: ReturnType<P[I]> }; // One for each of the parts.
  };
}

/** A flat list of things that have some places each. */
export function groupsOf<const P extends readonly Reply<unknown>[]>(
  ...parts: P
): Reply<{ -readonly [I in keyof P]: ReturnType<P[I]> }[]> {
  const one = tuple(...parts);
  return (reply) => {
    const list = asList(reply);
    const groups = [];
    for (let at = 0; at < list.length; at += parts.length)
      groups.push(one(list.slice(at, at + parts.length)));
    return groups;
  };
}

/** Any list, to be read by its caller. */
export function asList(reply: unknown): readonly unknown[] {
  if (Array.isArray(reply)) return reply;
  throw new WrongReply('a list', reply);
}
