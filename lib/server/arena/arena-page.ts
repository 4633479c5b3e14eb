import type { Arena } from 'bull-arena';
import type { Response } from 'express';
import type { ArenaJob } from './arena-queue.ts';

/** What a page is rendered with, as far as it is changed here. */
interface PageLocals {
  queueHost?: string;
  queueName?: string;
  state?: string;
  jobCounts?: Record<string, number>;
  job?: ArenaJob;
  jobs?: ArenaJob[];
}

/**
 * Mends the pages that an Arena renders: bee-queue's word `succeeded` for BullMQ's `completed`, no offer to run a
 * job again that has not ended, nonces for the inline scripts, and values in them as they are.
 */
export function mendPages(arena: Arena): void {
  const { render } = arena.response;
  arena.response.render = function (this: Response, view: string, options?: object): void {
    const locals: PageLocals = options ?? {};
    const answer = (error: Error | null, html: string): void => {
      if (this.headersSent) return; // The time for the answer was up before.
      if (error) this.req.next?.(error);
      else this.send(mendScripts(html, String(this.locals['nonce']), valuesScript(locals)));
    };
    Reflect.apply(render, this, [view, mendLocals(locals), answer]);
  };
}

function mendLocals(locals: PageLocals): PageLocals {
  for (const job of locals.jobs ?? []) offerRetry(job, locals.state);
  if (locals.job) offerRetry(locals.job, locals.job.toJSON().state);
  const { completed, failed, ...counts } = locals.jobCounts ?? {};
  return {
    ...locals,
    ...(locals.state === 'completed' && { state: 'succeeded' }),
    ...(completed !== undefined &&
      failed !== undefined && { jobCounts: { ...counts, succeeded: completed, failed } }),
  };
}

function offerRetry(job: ArenaJob, state: string | undefined): void {
  job.showRetryButton = state === 'failed' || state === 'completed' || state === 'succeeded';
}

/**
 * Arena writes values into its scripts with HTML's escapes, which no browser reads there: `a & b` in a job's data
 * would be edited, and stored, as `a &amp; b`. So the same values are set once more, as they are.
 */
function valuesScript({ job, jobCounts, queueHost, queueName }: PageLocals): string {
  if (job) return `if (window.jsonEditor) window.jsonEditor.set(${toScriptValue(job.data)});`;
  if (jobCounts) return `window.arenaInitialPayload = ${toScriptValue({ queueHost, queueName })};`;
  return '';
}

function toScriptValue(value: unknown): string {
  return (JSON.stringify(value) ?? 'null').replaceAll('<', '\\u003c');
}

/** Gives the nonce to Arena's own two inline scripts, the first and the last on the page, and to no other. */
function mendScripts(html: string, nonce: string, values: string): string {
  const tag = `<script nonce="${nonce}">`;
  const last = html.lastIndexOf('<script>');
  const end = html.lastIndexOf('</body>');
  return [
    html.slice(0, last).replace('<script>', tag),
    tag,
    html.slice(last + '<script>'.length, end),
    values === '' ? '' : `${tag}${values}</script>`,
    html.slice(end),
  ].join('');
}
