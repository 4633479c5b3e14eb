import { operationCommand } from './operation-command.ts';

/** `apiary archive`: makes jobs failed without running them. */
export const archive = operationCommand('archive');
