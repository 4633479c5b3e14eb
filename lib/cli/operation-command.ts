import { JOB_STATES, type JobFilter, type JobState } from '../inspector/inspector.ts';
import { type BulkOperationName, JOB_OPERATIONS, type JobOperationName } from '../inspector/operations.ts';
import { type Call, type CliCommand, defineCommand } from './command.ts';
import { CommandFailure, EXIT, type ExitCode } from './exit-code.ts';
import { operateOnMatching } from './operate-on-matching.ts';
import { operateOnTargets } from './operate-on-targets.ts';
import type { OwnWords } from './own-words.ts';
import { choice, many, moment, text } from './values.ts';

type Name = BulkOperationName & JobOperationName;

/** What the commands of operations take. */
export const OPERATION_WORDS = {
  words: many('a queue and ids of its jobs, or ids alone; - reads ids from standard input'),
};

/** The command of an operation: on jobs by their ids, or on all of a queue that pass a filter. */
export function operationCommand(name: Name): CliCommand {
  return defineCommand({
    takes: OPERATION_WORDS,
    options: operationOptions(name),
    run: (call, { words, ...criteria }) => runOperation(call, { name, words, criteria }),
  });
}

/** The options of such a command. */
export function operationOptions(name: Name) {
  const states: readonly JobState[] = JOB_OPERATIONS[name].states;
  return {
    state: choice(
      JOB_STATES.filter((state) => states.includes(state)),
      'all jobs of the queue in this state',
    ),
    type: text('type', 'of these only those of this type'),
    key: text('key', 'of these only those with this key'),
    kind: text('fingerprint', 'of these only those that failed so, as apiary failures has it'),
    error: text('text', 'of these only those whose newest error has this in its message'),
    before: moment('of these only those that were added before'),
  };
}

/** Runs such a command. */
export async function runOperation(
  call: Call,
  given: OwnWords & { name: Name; words: readonly string[]; criteria: Criteria },
): Promise<ExitCode> {
  const { name, words, criteria, ...own } = given;
  const { inspector } = await call.open();
  const { state, filter } = toFilter(criteria);
  if (state === undefined && Object.keys(filter).length === 0) {
    if (own.perMinute !== undefined)
      throw new CommandFailure(EXIT.wrongUse, '--per-minute goes with --state or a filter, and no ids');
    if (words.length > 0) return operateOnTargets(call, inspector, { name, words, ...own });
    throw new CommandFailure(EXIT.wrongUse, 'name a queue and ids of jobs, or a queue and --state');
  }
  const [queue, ...others] = words;
  if (queue === undefined || others.length > 0) {
    throw new CommandFailure(EXIT.wrongUse, 'with --state or a filter, name one queue and no ids');
  }
  const only = state !== undefined && { state };
  return operateOnMatching(call, inspector, { name, queue, filter, ...own, ...only });
}

interface Criteria {
  state: JobState | undefined;
  type: string | undefined;
  key: string | undefined;
  kind: string | undefined;
  error: string | undefined;
  before: number | undefined;
}

function toFilter({ state, type, key, kind, error, before }: Criteria): {
  state: JobState | undefined;
  filter: JobFilter;
} {
  const filter = {
    ...(type !== undefined && { type }),
    ...(key !== undefined && { key }),
    ...(kind !== undefined && { fingerprint: kind }),
    ...(error !== undefined && { error }),
    ...(before !== undefined && { before }),
  };
  return { state, filter };
}
