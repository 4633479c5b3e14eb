import express, { type RequestHandler } from 'express';
import { describeValue } from '../../error-facts.ts';
import { ApiaryError } from '../../errors.ts';
import { httpProblem } from '../problem.ts';
import { requireMediaType } from '../request-body.ts';
import { answerProblem } from './answer-problem.tsx';

const parse = express.urlencoded({ extended: false, limit: '256kb' });

/** The media type of the forms of our pages. */
export const FORM_TYPE = 'application/x-www-form-urlencoded';

/** Lets no other body through than that of a form, or none. */
export const requireForm: RequestHandler = requireMediaType([FORM_TYPE], { isRequired: false });

/** Reads a form into `request.body`; answers 400 what is none, and 413 what is too long. */
export const readForm: RequestHandler = (req, res, next) => {
  parse(req, res, (error: unknown) => {
    if (error === undefined) return next();
    const isLong = error instanceof Error && 'status' in error && error.status === 413;
    answerProblem(
      req,
      res,
      isLong
        ? httpProblem(413, 'the form is longer than 256 KiB, or has more than a thousand fields')
        : httpProblem(400, 'the form cannot be read'),
    );
  });
};

/** All that a form has under a name, in its order. */
export function allOf(form: unknown, name: string): string[] {
  if (typeof form !== 'object' || form === null || !Object.hasOwn(form, name)) return [];
  const value: unknown = Reflect.get(form, name);
  const all: unknown[] = Array.isArray(value) ? value : [value];
  return all.filter((one) => typeof one === 'string');
}

/** The first that a form has under a name; '' where there is none. */
export function firstOf(form: unknown, name: string): string {
  return allOf(form, name)[0] ?? '';
}

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
