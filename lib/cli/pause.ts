import { switchCommand } from './switch-command.ts';

/** `apiary pause`: stops all workers from taking jobs of a queue. */
export const pause = switchCommand('pause');
