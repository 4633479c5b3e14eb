import type { DataField } from '../record/data-field.ts';
import type { JobFilter } from '../record/job-filter.ts';

/** What a search asks of a record that can be told by its text, in most cases. */
export interface TextSearch {
  filter: JobFilter;
  field: DataField | null;
}

/** What every program writes as it is: some write the other signs of JSON by their numbers. */
const PLAIN = /^[A-Za-z0-9 .,:;_@#$%()[\]{}|=+*?!~^-]+$/;

/**
 * Makes what says of the text of a record whether a search may find it; false for one that it cannot. It saves parsing
 * most of those that are looked at, which is what a search takes its time for.
 */
export function mayMatch({ filter, field }: TextSearch, queue: string): (raw: string) => boolean {
  const { type, key, error } = filter;
  // A job without a type is of the type named like its queue.
  const texts = [type === queue ? undefined : type, key, error, field === null ? undefined : textIn(field)];
  const wanted = texts.filter((text) => text !== undefined).filter((text) => PLAIN.test(text));
  if (wanted.length === 0) return () => true;
  return (raw) => wanted.every((text) => raw.includes(text)) || mayHide(raw);
}

/** What there is of a value in the text: numbers may be written in several ways. */
function textIn({ value }: DataField): string | undefined {
  return Number.isNaN(Number(value)) ? value : undefined;
}

/** What is private of an encrypted job is in no text; any sign may be written by its number. */
function mayHide(raw: string): boolean {
  return raw.includes('"encrypted"') || raw.includes('\\u00');
}
