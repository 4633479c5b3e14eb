import { operationCommand } from './operation-command.ts';

/** `apiary cancel`: ends jobs that wait, and tells the handlers of those that run to stop. */
export const cancel = operationCommand('cancel');
