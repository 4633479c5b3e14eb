import type { Request } from 'express';
import type { AuditQuery } from '../../../inspector/inspector.ts';

const FIELD_NAMES = ['queue', 'by', 'action', 'from', 'to'] as const;

/** The names of fields as they are in the address of the audit. */
export type AuditField = (typeof FIELD_NAMES)[number];

/** What the audit is searched by; empty where nothing is said. */
export type AuditFields = Readonly<Record<AuditField, string>>;

const TIME = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?)?Z?$/;

/** Reads the fields off the address; of one that is there several times, the first. */
export function readAuditFields({ originalUrl }: Pick<Request, 'originalUrl'>): AuditFields {
  const { searchParams } = new URL(originalUrl, 'http://monitor.invalid');
  const read = (name: AuditField): string => searchParams.get(name)?.trim() ?? '';
  return { queue: read('queue'), by: read('by'), action: read('action'), from: read('from'), to: read('to') };
}

/** What they ask for; or which of them cannot be, as times are of UTC: `2030-01-31` or `2030-01-31T12:30`. */
export function toAuditQuery(fields: AuditFields): { query: AuditQuery } | { wrong: AuditField[] } {
  const { queue, by, action } = fields;
  const times = { from: epochMs(fields.from), to: epochMs(fields.to) };
  const wrong = (['from', 'to'] as const).filter((name) => Number.isNaN(times[name]));
  if (wrong.length > 0) return { wrong };
  const query = {
    ...(queue !== '' && { queue }),
    ...(by !== '' && { by }),
    ...(action !== '' && { action }),
    ...(times.from !== null && { from: times.from }),
    ...(times.to !== null && { to: times.to }),
  };
  return { query };
}

/** Null for nothing, NaN for what is no time. */
function epochMs(text: string): number | null {
  if (text === '') return null;
  if (!TIME.test(text)) return Number.NaN;
  const whole = text.replace(/Z$/, '');
  const time = Date.parse(whole.includes('T') ? `${whole}Z` : `${whole}T00:00Z`);
  return time < 0 ? Number.NaN : time;
}
