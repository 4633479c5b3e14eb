import type { RequestHandler } from 'express';
import type { Metrics } from './metrics.ts';

/** Answers with the metrics as a scraper takes them. */
export function answerMetrics(metrics: Metrics): RequestHandler {
  return async (_req, res) => {
    res.type(metrics.contentType).send(await metrics.text());
  };
}
