import { switchCommand } from './switch-command.ts';

/** `apiary resume`: lets workers take jobs of a queue again. */
export const resume = switchCommand('resume');
