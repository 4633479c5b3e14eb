import express, { type Express } from 'express';
import helmet from 'helmet';
import type { Logger } from '../../logger.ts';
import { answerErrors } from '../answer-errors.ts';
import { answerMetrics } from '../metrics/answer-metrics.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { httpProblem, sendProblem } from '../problem.ts';
import type { Health } from './health.ts';
import { healthRoutes } from './health-routes.ts';

/** What the health server works with. */
export interface HealthServerDeps {
  health: Health;
  metrics: Metrics;
  log: Logger;
}

/** Makes what is served to probes and scrapers alone, without a password: health, readiness and `/metrics`. */
export function createHealthServer({ health, metrics, log }: HealthServerDeps): Express {
  // The environment decides whether Express, at its wits' end, answers with a stack trace.
  const app = express().disable('x-powered-by').set('env', 'production');
  app.use(helmet({ strictTransportSecurity: false }), (_req, res, next) => {
    res.set('Cache-Control', 'no-store');
    next();
  });
  app.use(healthRoutes(health));
  app.get('/metrics', answerMetrics(metrics));
  app.use((_req, res) => sendProblem(res, httpProblem(404, 'there is no such path')));
  app.use(answerErrors(log));
  return app;
}
