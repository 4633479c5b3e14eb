import { operationCommand } from './operation-command.ts';

/** `apiary remove`: removes jobs that do not run. */
export const remove = operationCommand('remove');
