import { z } from 'zod';
import { labelText, nameText } from '../../jobs/option-checks.ts';
import { NAME_RULE } from '../../names.ts';

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

/** The cursor of a list in a query. */
export const cursorInQuery = z
  .string()
  .min(1, 'must be as a page gave it')
  .optional()
  .meta({ description: 'as the page before gave it; default the first page' });
/** A whole number in a query, which has only texts. */
export const wholeInQuery = (least: number, most: number) => z.coerce.number().int().min(least).max(most);
/** How much of a list is wanted. */
export const limitInQuery = wholeInQuery(1, 1_000).default(100);
/** The cursor in the answer to a list. */
export const nextCursor = z.string().nullable().meta({ description: 'of the next page; null at the end' });
