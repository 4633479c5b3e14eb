import type { Arena } from 'bull-arena';
import type { Response } from 'express';
import type { JobState } from '../../inspector/inspector.ts';
import { appliesTo } from '../../inspector/operations.ts';
import { toJson } from '../shown-json.ts';
import { moreLinks } from './arena-links.ts';
import type { ArenaJob } from './arena-queue.ts';

/** What a page is rendered with, as far as it is changed here. */
interface PageLocals {
  state?: string;
  jobCounts?: Record<string, number>;
  job?: ArenaJob;
  jobs?: ArenaJob[];
  pages?: number[];
  currentPage?: number;
  disableClean?: boolean;
  disableRetry?: boolean;
  disablePromote?: boolean;
}

/** What leads from a job in Arena to our own page of it, by what that page has for a job in such a state. */
const MORE_TEXTS: Record<JobState, string> = {
  waiting: 'Timeline and why it is not running',
  delayed: 'Timeline and why it is not running',
  active: 'Timeline and cancel',
  succeeded: 'Timeline',
  failed: 'Timeline',
};

/**
 * Decides what the pages of an Arena show: bee-queue's word `succeeded` for BullMQ's `completed`, and those buttons
 * only that the visitor may press (`res.locals.canChange`, default true) and that the state of the job allows.
 */
export function mendPages(arena: Arena): void {
  const { render } = arena.response;
  arena.response.render = function (this: Response, view: string, options?: object): void {
    const answer = (error: Error | null, html: string): void => {
      if (this.headersSent) return; // The time for the answer was up before.
      if (error) this.req.next?.(error);
      else this.send(html);
    };
    const locals = mendLocals(options ?? {}, this.locals['canChange'] !== false);
    Reflect.apply(render, this, [view, locals, answer]);
  };
}

function mendLocals(locals: PageLocals, canChange: boolean): object {
  const { completed, failed, ...counts } = locals.jobCounts ?? {};
  for (const job of locals.jobs ?? []) offerButtons(job, canChange);
  if (locals.job) {
    offerButtons(locals.job, canChange);
    const isFree = canChange && appliesTo('edit', locals.job.toJSON().state);
    Object.assign(locals.job, { canEdit: isFree && toJson(locals.job.data) !== null });
  }
  return {
    ...locals,
    canChange,
    ...(locals.state === 'completed' && { state: 'succeeded' }),
    ...(completed !== undefined &&
      failed !== undefined && { jobCounts: { ...counts, succeeded: completed, failed } }),
    ...(locals.pages && listLocals(locals, canChange)),
  };
}

/** Of running jobs none is chosen for anything: they are cancelled, each on its page. */
function listLocals(locals: PageLocals, canChange: boolean): object {
  const canSelect = canChange && locals.state !== 'active';
  return {
    canSelect,
    disableClean: !canSelect || locals.disableClean,
    disableRetry: !canSelect || locals.disableRetry,
    disablePromote: !canSelect || locals.disablePromote,
    // Of an empty list there is no next page either.
    lastPage: locals.pages?.at(-1) ?? locals.currentPage,
  };
}

function offerButtons(job: ArenaJob, canChange: boolean): void {
  const { state, schedule } = job.toJSON();
  Object.assign(job, {
    // Of a succeeded job a copy is added.
    showRetryButton: canChange && (appliesTo('retry', state) || state === 'succeeded'),
    showPromoteButton: canChange && appliesTo('promote', state),
    showDeleteRepeatableButton: canChange && schedule !== null,
    canRemove: canChange && appliesTo('remove', state),
    moreText: MORE_TEXTS[state],
    moreLinks: moreLinks(job.toJSON()),
  });
}
