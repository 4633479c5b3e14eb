import type { JobState } from '../engine/keys.ts';
import type { WalkDeps } from '../engine/queries/newest-first.ts';
import { newestJobs } from '../engine/queries/newest-jobs.ts';
import { parseRecord, toRecord } from '../engine/record/record.ts';
import type { StoredJob } from '../engine/record/stored-job.ts';
import { ApiaryError, coerceError, type FieldProblem } from '../errors.ts';
import { parseData } from '../jobs/check-data.ts';
import type { BoundHandler } from '../jobs/define.ts';
import { findHandler } from '../worker/run-job.ts';

/** The handlers at hand, by the types of their jobs. */
export type Handlers = ReadonlyMap<string, BoundHandler>;

/** A job that would not parse, and what is wrong with it: ten problems at most. */
export interface BadJob {
  queue: string;
  id: string;
  type: string;
  state: JobState;
  problems: FieldProblem[];
}

/** What is checked, and how many jobs are named at most. */
export interface ContractCheckRule {
  handlers: Handlers;
  states: readonly JobState[];
  limit: number;
}

/** The states of jobs that may still run; a job moves on in this order, so none that moves meanwhile is missed. */
export const CHECKED_STATES = ['delayed', 'waiting', 'failed'] as const satisfies JobState[];

const MOST_PROBLEMS = 10;

/** Parses the data of stored jobs as their handlers would, and counts and names those that do not parse. */
export class ContractCheck {
  /** Jobs whose data were parsed; those of types that have no handler here; those that wait in groups. */
  checked = 0;
  unhandled = 0;
  grouped = 0;
  /** How many would not parse, and the first of them. */
  total = 0;
  readonly jobs: BadJob[] = [];
  readonly #rule: ContractCheckRule;

  constructor(rule: ContractCheckRule) {
    this.#rule = rule;
  }

  /** Checks the jobs of a queue, in steps between which Redis serves others. */
  async queue(deps: WalkDeps, queue: string): Promise<void> {
    for (const state of this.#rule.states) {
      for await (const { job, raw } of newestJobs(deps, { state, cursor: null })) {
        const { record, id } = job;
        const type = record.options.type ?? queue;
        const unreadable = whyUnreadable(raw, job);
        const problems = unreadable ?? (await this.#check({ queue, type, record }));
        if (problems.length > 0) this.#note({ queue, id, type, state, problems });
      }
    }
  }

  async #check(job: Parameters<typeof findHandler>[0]): Promise<FieldProblem[]> {
    const handler = findHandler(job, this.#rule.handlers);
    if (!handler) {
      this.unhandled++;
      return [];
    }
    this.checked++;
    const problems: FieldProblem[] = [];
    for (const { path, data } of partsOf(job.record)) {
      const found = await problemsOf(handler, data);
      problems.push(...found.map((one) => ({ ...one, path: [path, one.path].filter(Boolean).join('.') })));
      if (problems.length >= MOST_PROBLEMS) break;
    }
    return problems.slice(0, MOST_PROBLEMS);
  }

  #note(job: BadJob): void {
    this.total++;
    if (this.jobs.length < this.#rule.limit) this.jobs.push(job);
  }
}

/** What keeps the data of a job from being looked at; null for nothing. */
function whyUnreadable(raw: string, { privacy }: StoredJob): FieldProblem[] | null {
  if (parseRecord(raw) === null) return [{ path: '', message: 'it is not a job that bee-queue wrote' }];
  if (privacy === 'no' || privacy === 'opened') return null;
  return [{ path: '', message: 'it is encrypted, and cannot be decrypted by the keys that are given here' }];
}

/** The data of a job; of one that carries a group, those of each job of the group. */
function partsOf({ data, options }: { data: unknown; options: { group?: { size?: number } } }): {
  path: string;
  data: unknown;
}[] {
  if (options.group?.size === undefined || !Array.isArray(data)) return [{ path: '', data }];
  return data.map((member: unknown, at) => {
    const stored = typeof member === 'object' && member !== null && 'job' in member ? member.job : null;
    return { path: String(at), data: toRecord(stored)?.data };
  });
}

async function problemsOf({ definition }: BoundHandler, data: unknown): Promise<FieldProblem[]> {
  try {
    await parseData(definition, data);
    return [];
  } catch (thrown) {
    if (thrown instanceof ApiaryError && thrown.problems.length > 0) return [...thrown.problems];
    // The schema is somebody's own code, and would fail the job likewise.
    return [{ path: '', message: coerceError(thrown).message }];
  }
}
