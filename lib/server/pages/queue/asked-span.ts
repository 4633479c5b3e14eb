import type { Request } from 'express';
import { ApiaryError } from '../../../errors.ts';
import { isSpan, SPAN_NAMES, type Span } from '../../../inspector/inspector.ts';

/** The span that `?span=` names, an hour where it is left out. Throws JOB_INVALID for one that there is not. */
export function askedSpan(req: Request): Span {
  const asked = new URL(req.originalUrl, 'http://monitor.invalid').searchParams.get('span') ?? 'hour';
  if (isSpan(asked)) return asked;
  const message = `span must be one of ${SPAN_NAMES.join(', ')}`;
  throw new ApiaryError('JOB_INVALID', message, { problems: [{ path: 'span', message }] });
}
