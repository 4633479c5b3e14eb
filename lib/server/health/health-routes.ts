import { Router } from 'express';
import { httpProblem, sendProblem } from '../problem.ts';
import type { Health, Readiness } from './health.ts';

/**
 * Serves what probes ask, to everybody: `/healthz` is 200 as long as the process answers; `/readyz`, and
 * `/readyz/<role>` for one role by itself, are 200 or 503 and name each check and what it found, and what should be
 * mended all the same. A role that does not run here is 404.
 */
export function healthRoutes(health: Health): Router {
  const router = Router();
  router.get('/healthz', (_req, res) => void res.json({ status: 'ok' }));
  router.get('/readyz', async (_req, res) => {
    const readiness = await health.readiness();
    res.status(statusOf(readiness)).json(bodyOf(readiness));
  });
  router.get('/readyz/:role', async ({ params: { role } }, res) => {
    const readiness = await health.readinessOf(role);
    if (readiness) res.status(statusOf(readiness)).json(bodyOf(readiness));
    else sendProblem(res, httpProblem(404, `the role ${JSON.stringify(role)} does not run in this process`));
  });
  return router;
}

function statusOf({ ready }: Readiness): number {
  return ready ? 200 : 503;
}

function bodyOf({ ready, checks, warnings }: Readiness): object {
  return { status: ready ? 'ready' : 'not ready', checks, ...(warnings && { warnings }) };
}
