import { checkOptions, functionOption, textOption, wholeOption } from '../check-options.ts';
import {
  type AuditDeps,
  type AuditEntry,
  type AuditKeep,
  type AuditNote,
  readAudit,
  readAuditKeep,
  trimAudit,
  writeAudit,
  writeAuditKeep,
} from '../engine/queries/audit.ts';
import { ApiaryError } from '../errors.ts';
import { requireList, requireObject } from '../require-given.ts';

export type { AuditEntry, AuditKeep, AuditNote } from '../engine/queries/audit.ts';

/** Which notes are wanted. */
export interface AuditQuery {
  /** A cursor as a page gave it; default the newest. */
  before?: string | null;
  /** 1 to 1,000; default 100. */
  limit?: number;
  /** Only what was done to this queue and its jobs. */
  queue?: string | undefined;
  /** Only what was done by somebody of this very name. */
  by?: string | undefined;
  /** Only what is called so, such as `retry`. */
  action?: string | undefined;
  /** Only what was done from this time on, and before that one; epoch ms. */
  from?: number | undefined;
  to?: number | undefined;
  /** Only what was done to queues of which this is true; default to all, and what was done to none. */
  only?: (queue: string) => boolean;
}

/**
 * A page of notes, newest first, and the cursor of the next one; null at the end. A page may have fewer notes than
 * asked for, or none, and a cursor: after 20,000 notes that were looked at.
 */
export interface AuditPage {
  entries: AuditEntry[];
  cursor: string | null;
}

const MOST_PER_PAGE = 1_000;
const MOST_ABOUT = 10;
const MOST_LOOKED = 20_000;
/** What the ids of notes have room for. */
const MOST_MS = 999_999_999_999_999;
const KEEP = {
  count: wholeOption(1, MOST_MS),
  days: wholeOption(1, 36_500).nullish(),
} satisfies Record<keyof AuditKeep, unknown>;
const QUERY = {
  before: textOption.nullish(),
  limit: wholeOption(1, MOST_PER_PAGE).optional(),
  queue: textOption.optional(),
  by: textOption.optional(),
  action: textOption.optional(),
  from: wholeOption(0, MOST_MS).optional(),
  to: wholeOption(0, MOST_MS).optional(),
  only: functionOption.optional(),
} satisfies Record<keyof AuditQuery, unknown>;
const CURSOR = /^\d{1,15}-\d{1,15}$/;

/** Keeps who changed what through the monitor, the API or a terminal: about the last 10,000 changes unless told. */
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

  /** Reads a page of changes. Throws JOB_INVALID for a cursor, limit or time that cannot be. */
  async list(query: AuditQuery = {}): Promise<AuditPage> {
    checkOptions('inspector.audit.list', QUERY, query, 'JOB_INVALID');
    const { before = null, limit = 100, from = null, to = null } = query;
    if (before !== null && !CURSOR.test(before)) throw invalidCursor(before);
    const entries: AuditEntry[] = [];
    let cursor = before;
    for (let looked = 0; ; looked += MOST_PER_PAGE) {
      if (looked >= MOST_LOOKED) return { entries, cursor };
      const read = await readAudit(this.#deps, { before: cursor, from, to, count: MOST_PER_PAGE });
      for (const entry of read) {
        // The page is full and there is more.
        if (entries.length === limit) return { entries, cursor: entries.at(-1)?.entryId ?? null };
        if (isWanted(query, entry)) entries.push(entry);
      }
      if (read.length < MOST_PER_PAGE) return { entries, cursor: null };
      cursor = read.at(-1)?.entryId ?? null;
    }
  }

  /** Tells how much is kept. */
  kept(): Promise<AuditKeep> {
    return readAuditKeep(this.#deps);
  }

  /**
   * Says how much is to be kept from now on, by whoever writes: about so many notes, and for so many days. Throws
   * JOB_INVALID for what is no such number.
   */
  async keep(keep: AuditKeep): Promise<void> {
    checkOptions('inspector.audit.keep', KEEP, keep, 'JOB_INVALID');
    const { count, days = null } = keep;
    await writeAuditKeep(this.#deps, { count, days });
  }

  /** Removes the notes that are older than is kept, which each new one does too; resolves with how many. */
  trim(): Promise<number> {
    return trimAudit(this.#deps);
  }

  /**
   * Reads what was done to some things of a queue, by their ids, newest first: ten notes at most, of the last 1,000 of
   * all queues.
   */
  async about(queue: string, ids: readonly string[]): Promise<AuditEntry[]> {
    requireList('inspector.audit.about', 'ids', ids);
    const read = await readAudit(this.#deps, {
      ...{ before: null, from: null, to: null },
      count: MOST_PER_PAGE,
    });
    const isAbout = (entry: AuditEntry): boolean =>
      entry.queue === queue && entry.id !== null && ids.includes(entry.id);
    return read.filter(isAbout).slice(0, MOST_ABOUT);
  }
}

function isWanted({ queue, by, action, only }: AuditQuery, entry: AuditEntry): boolean {
  return (
    (queue === undefined || entry.queue === queue) &&
    (by === undefined || entry.by === by) &&
    (action === undefined || entry.action === action) &&
    (only === undefined || (entry.queue !== null && only(entry.queue)))
  );
}

function invalidCursor(cursor: string): ApiaryError {
  const message = `before must be a cursor as a page gave it, not ${JSON.stringify(cursor.slice(0, 50))}`;
  return new ApiaryError('JOB_INVALID', message, { problems: [{ path: 'before', message }] });
}
