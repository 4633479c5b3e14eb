import { operationCommand } from './operation-command.ts';

/** `apiary promote`: makes delayed jobs due now. */
export const promote = operationCommand('promote');
