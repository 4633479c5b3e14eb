/** Where in the log of a queue an event is: the time at which it was written, and its number. */
export interface EventId {
  ms: number;
  number: number;
}

const FORM = /^(\d{1,15})-(\d{1,15})$/;

/** Where a log begins. */
export const BEGINNING: EventId = { ms: 0, number: 0 };

/** Reads an id; null when it is none. */
export function parseEventId(text: string): EventId | null {
  const [, ms, number] = FORM.exec(text) ?? [];
  return ms === undefined || number === undefined ? null : { ms: Number(ms), number: Number(number) };
}

/** Whether one event comes before another of the same log. */
export function isBefore(one: EventId, other: EventId): boolean {
  return one.ms < other.ms || (one.ms === other.ms && one.number < other.number);
}

/** Writes an id as Redis takes it. */
export function eventIdText({ ms, number }: EventId): string {
  return `${ms}-${number}`;
}
