import { type AuditedDeps, audited } from '../../inspector/audited.ts';
import type { AuditAction } from '../../inspector/queue-operations.ts';
import type { ApiAnswer, ApiRequest } from './api-route.ts';

type Run<Request> = (request: Request) => Promise<ApiAnswer>;

/** Where a change happens: a queue, or a job of it. */
interface ChangedThing {
  queue: string;
  id?: string;
}

/** Makes of what a call does a change that is noted, with the name of the key and what came of it. */
export type AuditedRun = <Params extends ChangedThing, Query, Headers, Body>(
  action: AuditAction,
  run: Run<ApiRequest<Params, Query, Headers, Body>>,
) => Run<ApiRequest<Params, Query, Headers, Body>>;

/** Binds {@link AuditedRun} to where notes go. */
export function auditedRun(deps: AuditedDeps): AuditedRun {
  return (action, run) => (request) => {
    const { by, params } = request;
    const change = { by, through: 'api', action, queue: params.queue, id: params.id ?? null } as const;
    return audited(deps, change, () => run(request));
  };
}
