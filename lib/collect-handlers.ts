import { access, constants } from 'node:fs/promises';
import type { Config } from './config.ts';
import { rejectSettings } from './config-problems.ts';
import { coerceError } from './errors.ts';
import { createWebhookHandler } from './handlers/webhook.ts';
import { type Loaded, loadHandlers } from './worker/load-handlers.ts';

/**
 * Loads the handlers of the settings, beside the built-in ones; a parent that serves nothing leaves them to the
 * processes that run them. Throws CONFIG_INVALID where they cannot be read, HANDLER_INVALID for what is none.
 */
export async function collectHandlers(
  { webhook, worker: { handlersPath } }: Config,
  { isParentOnly }: { isParentOnly: boolean },
): Promise<Loaded> {
  const none: Loaded = { handlers: [], schedules: [] };
  if (handlersPath !== null) await requireReadable(handlersPath);
  const { handlers, schedules } =
    handlersPath === null || isParentOnly ? none : await loadHandlers(handlersPath);
  return { handlers: [createWebhookHandler(webhook), ...handlers], schedules };
}

async function requireReadable(handlersPath: string): Promise<void> {
  await access(handlersPath, constants.R_OK).catch((error: unknown) => {
    const message = `WORKER_HANDLERS is ${JSON.stringify(handlersPath)}, which cannot be read: ${coerceError(error).message}`;
    rejectSettings([{ path: 'WORKER_HANDLERS', message }]);
  });
}
