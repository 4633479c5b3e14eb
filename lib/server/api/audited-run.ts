import { type AuditedDeps, audited } from '../../inspector/audited.ts';
import type { AuditAction } from '../../inspector/queue-operations.ts';
import type { ApiAnswer, ApiRequest } from './api-route.ts';

type Run<Request> = (request: Request) => Promise<ApiAnswer>;

/** Where a change happens: a queue, or a job, a schedule, a group, a unique key or a kind of failures of it. */
interface ChangedThing {
  queue: string;
  id?: string;
  schedule?: string;
  group?: string;
  key?: string;
  fingerprint?: string;
}

function idOf({ id, schedule, group, key, fingerprint }: ChangedThing): string | null {
  return id ?? schedule ?? group ?? key ?? fingerprint ?? null;
}

/**
 * Makes of what a call does a change that is noted, with the name of the key and what came of it, in the words of
 * `tell`; `to` is the queue that something is moved to.
 */
export type AuditedRun = <Params extends ChangedThing, Query, Headers, Body>(
  action: AuditAction,
  run: Run<ApiRequest<Params, Query, Headers, Body>>,
  tell?: (answer: ApiAnswer) => string,
  to?: string,
) => Run<ApiRequest<Params, Query, Headers, Body>>;

/** Binds {@link AuditedRun} to where notes go. */
export function auditedRun(deps: AuditedDeps): AuditedRun {
  return (action, run, tell, to) => (request) => {
    const { by, params } = request;
    const change = { by, through: 'api', action, queue: params.queue, id: idOf(params), to } as const;
    return audited(deps, change, () => run(request), tell);
  };
}
