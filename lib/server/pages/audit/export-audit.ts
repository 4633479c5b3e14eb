import type { RequestHandler } from 'express';
import type { AuditEntry, AuditQuery, Inspector } from '../../../inspector/inspector.ts';
import { httpProblem } from '../../problem.ts';
import { answerProblem } from '../answer-problem.tsx';
import { lineSender, type SendLinesDeps } from '../send-lines.ts';
import { readAuditFields, toAuditQuery } from './audit-fields.ts';

/** What exporting the audit works with. */
export interface ExportAuditDeps extends SendLinesDeps {
  inspector: Inspector;
}

const PER_STEP = 1_000;

/** Answers with all notes of the audit that are asked for, each a line of JSON as the HTTP API has it, newest first. */
export function exportAudit(deps: ExportAuditDeps): RequestHandler {
  const send = lineSender(deps);
  return async (req, res) => {
    const asked = toAuditQuery(readAuditFields(req));
    if ('wrong' in asked) {
      const detail = `${asked.wrong.join(' and ')} must be a day or a time of UTC, such as 2030-01-31T12:30`;
      return answerProblem(req, res, httpProblem(422, detail));
    }
    await send(req, res, { file: 'audit.ndjson', steps: stepsOf(deps.inspector, asked.query) });
  };
}

async function* stepsOf({ audit }: Inspector, query: AuditQuery): AsyncGenerator<readonly AuditEntry[]> {
  let before: string | null = null;
  do {
    const page: { entries: AuditEntry[]; cursor: string | null } = await audit.list({
      ...query,
      before,
      limit: PER_STEP,
    });
    yield page.entries;
    before = page.cursor;
  } while (before !== null);
}
