import type { Request } from 'express';
import { asOtherwiseWritten, isListWord } from './arena-helpers.ts';

const MOST_PAGES = 1_000_000;
const MOST_PER_PAGE = 1_000;
/** The lists that there are here, by bee-queue's word for their state or BullMQ's. */
const LISTS = /^(waiting|active|delayed|succeeded|completed|failed)$/;

/**
 * Makes of a request's address one that Arena can be given. Of the query stays what Arena reads, each once and within
 * bounds: it takes any page and any size, and hands arrays on to where text is expected. bee-queue's word for a state
 * leads to BullMQ's; the name of a list that is none here is the id of a job.
 */
export function mendAddress(req: Request): void {
  const [path = '', ...query] = req.url.split('?');
  const given = new URLSearchParams(query.join('?'));
  const mended = {
    page: clamp(given.get('page'), 1, MOST_PAGES),
    pageSize: clamp(given.get('pageSize'), 100, MOST_PER_PAGE),
    order: given.get('order')?.startsWith('asc') ? 'asc' : 'desc',
    json: given.get('json'),
  };
  req.url = path.replace(/^(\/[^/]+\/[^/]+\/)([^/]+)\/?$/, (_, queue: string, part: string) => {
    return queue + (LISTS.test(part) ? part.replace('succeeded', 'completed') : jobPart(part));
  });
  // Express 4 leaves a query alone that is there already, and Express 5 has one that cannot be assigned.
  Object.defineProperty(req, 'query', { value: mended });
}

/** Whether an address, its query left off, is that of a list. */
export function isListAddress(path: string): boolean {
  return LISTS.test(path.split('/').at(-1) ?? '');
}

function jobPart(part: string): string {
  return isListWord(part) ? asOtherwiseWritten(part) : part;
}

function clamp(text: string | null, fallback: number, most: number): string {
  const value = Number.parseInt(text ?? '', 10);
  return String(Number.isNaN(value) ? fallback : Math.min(Math.max(1, value), most));
}
