import { z } from 'zod';
import { closedObject } from '../../closed-object.ts';
import { isReason, REASON_RULE } from '../../inspector/cancel-options.ts';
import { state } from './api-schemas.ts';

/** What a removal did. */
export const removedSchema = z
  .strictObject({ id: z.string(), removed: z.literal(true), state })
  .meta({ id: 'RemovedJob' });

/** What a retry did. */
export const retriedSchema = z
  .strictObject({ id: z.string(), retried: z.literal(true) })
  .meta({ id: 'RetriedJob' });

/** What a promotion did. */
export const promotedSchema = z
  .strictObject({ id: z.string(), promoted: z.literal(true) })
  .meta({ id: 'PromotedJob' });

/** Why jobs are cancelled. */
export const cancelReason = z
  .string()
  .refine(isReason, `must be ${REASON_RULE}`)
  .optional()
  .meta({ description: 'why, for the handler and for who looks at the job' });

/** What may be said of a cancel. */
export const cancelQuerySchema = closedObject({ reason: cancelReason });

/** What a cancel did: in which state the job was; a running one was told to stop. */
export const cancelledSchema = z
  .strictObject({
    id: z.string(),
    cancelled: z.literal(true),
    was: z.enum(['waiting', 'delayed', 'active']).meta({
      description:
        'waiting and delayed jobs have ended; an active one ends as cancelled when its handler has stopped',
    }),
  })
  .meta({ id: 'CancelledJob' });

/** What archiving did: in which state the job was. */
export const archivedSchema = z
  .strictObject({ id: z.string(), archived: z.literal(true), was: z.enum(['waiting', 'delayed']) })
  .meta({ id: 'ArchivedJob' });

/** What adding a line to the log of a job did. */
export const loggedSchema = z
  .strictObject({ id: z.string(), logged: z.literal(true) })
  .meta({ id: 'LoggedJob' });

/** What running a job anew did: how the job had ended, and which one was added. */
export const rerunSchema = z
  .strictObject({
    id: z.string(),
    was: z.enum(['succeeded', 'failed']),
    added: z.string().meta({ description: 'the id of the new job' }),
  })
  .meta({ id: 'RerunJob' });
