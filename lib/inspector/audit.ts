import { checkOptions, functionOption, textOption, wholeOption } from '../check-options.ts';
import {
  type AuditDeps,
  type AuditEntry,
  type AuditNote,
  readAudit,
  writeAudit,
} from '../engine/queries/audit.ts';
import { ApiaryError } from '../errors.ts';
import { requireList, requireObject } from '../require-given.ts';

export type { AuditEntry, AuditNote } from '../engine/queries/audit.ts';

/** Which notes are wanted. */
export interface AuditQuery {
  /** A cursor as a page gave it; default the newest. */
  before?: string | null;
  /** 1 to 1,000; default 100. */
  limit?: number;
  /** Only what was done to this queue and its jobs. */
  queue?: string;
  /** Only what was done to queues of which this is true; default to all, and what was done to none. */
  only?: (queue: string) => boolean;
}

/** A page of notes, newest first, and the cursor of the next one; null at the end. */
export interface AuditPage {
  entries: AuditEntry[];
  cursor: string | null;
}

const MOST_PER_PAGE = 1_000;
const MOST_ABOUT = 10;
const QUERY = {
  before: textOption.nullish(),
  limit: wholeOption(1, MOST_PER_PAGE).optional(),
  queue: textOption.optional(),
  only: functionOption.optional(),
} satisfies Record<keyof AuditQuery, unknown>;
const CURSOR = /^\d{1,15}-\d{1,15}$/;

/** Keeps who changed what through the monitor, the API or a terminal: about the last 10,000 changes of all queues. */
export class Audit {
  readonly #deps: AuditDeps;

  constructor(deps: AuditDeps) {
    this.#deps = deps;
  }

  /** Writes a change down, its texts cut at 500 characters; resolves when Redis has it. */
  record(note: AuditNote): Promise<void> {
    requireObject('audit.record', 'what was changed', note);
    return writeAudit(this.#deps, note);
  }

  /** Reads a page of changes. Throws JOB_INVALID for a cursor or limit that cannot be. */
  async list(query: AuditQuery = {}): Promise<AuditPage> {
    checkOptions('inspector.audit.list', QUERY, query, 'JOB_INVALID');
    const { before = null, limit = 100, queue, only } = query;
    const isWanted = (entry: AuditEntry): boolean =>
      (queue === undefined || entry.queue === queue) &&
      (only === undefined || (entry.queue !== null && only(entry.queue)));
    if (before !== null && !CURSOR.test(before)) throw invalidCursor(before);
    const entries: AuditEntry[] = [];
    let cursor = before;
    for (;;) {
      const read = await readAudit(this.#deps, { before: cursor, count: MOST_PER_PAGE });
      for (const entry of read) {
        // The page is full and there is more.
        if (entries.length === limit) return { entries, cursor: entries.at(-1)?.entryId ?? null };
        if (isWanted(entry)) entries.push(entry);
      }
      if (read.length < MOST_PER_PAGE) return { entries, cursor: null };
      cursor = read.at(-1)?.entryId ?? null;
    }
  }

  /**
   * Reads what was done to some things of a queue, by their ids, newest first: ten notes at most, of the last 1,000 of
   * all queues.
   */
  async about(queue: string, ids: readonly string[]): Promise<AuditEntry[]> {
    requireList('inspector.audit.about', 'ids', ids);
    const read = await readAudit(this.#deps, { before: null, count: MOST_PER_PAGE });
    const isAbout = (entry: AuditEntry): boolean =>
      entry.queue === queue && entry.id !== null && ids.includes(entry.id);
    return read.filter(isAbout).slice(0, MOST_ABOUT);
  }
}

function invalidCursor(cursor: string): ApiaryError {
  const message = `before must be a cursor as a page gave it, not ${JSON.stringify(cursor.slice(0, 50))}`;
  return new ApiaryError('JOB_INVALID', message, { problems: [{ path: 'before', message }] });
}
