import express, { type RequestHandler } from 'express';
import { describeValue } from '../../error-facts.ts';
import { ApiaryError } from '../../errors.ts';
import { httpProblem } from '../problem.ts';
import { answerProblem } from './answer-problem.tsx';

const readForm = express.urlencoded({ extended: false, limit: '256kb' });

/** Reads the fields of a form; answers 400 what is none, and 413 what is too long. */
export const readPostedForm: RequestHandler = (req, res, next) => {
  readForm(req, res, (error: unknown) => {
    if (error === undefined) return next();
    const isLong = error instanceof Error && 'status' in error && error.status === 413;
    answerProblem(
      req,
      res,
      isLong
        ? httpProblem(413, 'the form is longer than 256 KiB')
        : httpProblem(400, 'the form cannot be read'),
    );
  });
};

/**
 * The text of a field; null where it is left out or empty. Throws JOB_INVALID for a field that is there twice; `what`
 * says what one text it is to be.
 */
export function fieldOf(form: unknown, name: string, what = 'text'): string | null {
  const isForm = typeof form === 'object' && form !== null && Object.hasOwn(form, name);
  const text: unknown = isForm ? Reflect.get(form, name) : undefined;
  if (text === undefined || text === '') return null;
  if (typeof text === 'string') return text;
  throw new ApiaryError('JOB_INVALID', `${name} must be one ${what}, not ${describeValue(text)}`);
}
