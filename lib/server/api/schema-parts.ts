import { z } from 'zod';
import { isWhole } from '../../field-checks.ts';
import { LOWEST_PRIORITY } from '../../inspector/inspector.ts';
import { EARLIEST_TIME, ISO_EXAMPLE, ISO_TIME, LATEST_TIME, toTime } from '../../jobs/option-checks.ts';
import { isLabel, isName, LABEL_RULE, NAME_RULE } from '../../names.ts';
import { isCursor } from './cursor-text.ts';

/** A name. The message does not repeat what came, which may be a megabyte; so with all texts here. */
export const nameText = () => z.string().refine(isName, `must be ${NAME_RULE}`);
/** The name of a queue that jobs are moved to. */
export const moveTarget = () => nameText().meta({ description: 'the other queue', examples: ['mail-slow'] });
/** An id, a key or a group. */
export const labelText = () => z.string().refine(isLabel, `must be ${LABEL_RULE}`);
/** A time. */
export const timeValue = () =>
  z.union([z.int(), z.string().regex(ISO_TIME)], {
    error: `must be whole epoch milliseconds or an ISO date with time and zone, as ${ISO_EXAMPLE}`,
  });

/** A time that is one of those that jobs may have. */
export const momentValue = () =>
  timeValue().refine((time) => {
    const read = toTime(time);
    // What is no time at all was told before.
    return Number.isNaN(read) || isWhole(read, EARLIEST_TIME, LATEST_TIME);
  }, 'must be from 2001 to 9999');

/** The priority of a job. */
export const priorityValue = () => z.int().min(0).max(LOWEST_PRIORITY);

/** The name of a job type. */
export const typeName = nameText().meta({ description: 'what the job is', examples: ['email.send'] });
/** The name of a queue. */
export const queueName = nameText().meta({ description: 'where the job waits', examples: ['mail'] });
/** An id, a key or a group. */
export const label = labelText();

/** A moment in an answer. */
export const epochMs = z.int().meta({ description: 'epoch milliseconds' });
/** A duration in an answer. */
export const durationMs = z.number().meta({ description: 'milliseconds' });
/** How many there are of something. */
export const count = z.int().min(0);

/** A queue in a path is one that there is, or could be: a stock bee-queue gives them names that ours cannot have. */
export const queueInPath = z
  .string()
  .meta({ description: `${NAME_RULE}, or a queue that there is`, examples: ['mail'] });

const FIRST_PAGE = { description: 'as the page before gave it; default the first page' };
/** The cursor of a list in a query. */
export const cursorInQuery = z
  .string()
  .refine(isCursor, 'must be as a page gave it')
  .optional()
  .meta(FIRST_PAGE);
/** That of a list by name: behind which name it goes on, which may be any text. */
export const nameCursorInQuery = z.string().min(1, 'must be as a page gave it').optional().meta(FIRST_PAGE);
/** A whole number in a query, which has only texts. */
export const wholeInQuery = (least: number, most: number) => z.coerce.number().int().min(least).max(most);
/** How much of a list is wanted. */
export const limitInQuery = wholeInQuery(1, 1_000).default(100);
/** The cursor in the answer to a list. */
export const nextCursor = z.string().nullable().meta({ description: 'of the next page; null at the end' });
