import { MOST_PER_MINUTE } from '../inspector/inspector.ts';
import { defineCommand } from './command.ts';
import { OPERATION_WORDS, operationOptions, runOperation } from './operation-command.ts';
import { whole } from './values.ts';

/** `apiary retry`: offers failed jobs again, all at once or so many a minute. */
export const retry = defineCommand({
  takes: OPERATION_WORDS,
  options: {
    ...operationOptions('retry'),
    perMinute: whole('with --state or a filter: how many a minute, the others wait for their turn', {
      least: 1,
      most: MOST_PER_MINUTE,
    }),
  },
  run: (call, { words, perMinute, ...criteria }) =>
    runOperation(call, { name: 'retry', words, criteria, perMinute }),
});
