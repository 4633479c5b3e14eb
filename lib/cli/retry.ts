import { operationCommand } from './operation-command.ts';

/** `apiary retry`: offers failed jobs again. */
export const retry = operationCommand('retry');
