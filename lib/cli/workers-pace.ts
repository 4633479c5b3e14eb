import type { Inspector } from '../inspector/inspector.ts';
import { type PacedTold, WORKER_OPERATIONS } from '../inspector/worker-operations.ts';
import { changed } from './change.ts';
import type { Call } from './command.ts';
import { CommandFailure, EXIT, type ExitCode } from './exit-code.ts';
import { show, showDry } from './show.ts';

/** What of live workers can be changed. */
export const CHANGES = ['pause', 'resume', 'concurrency'] as const;

/** What was given of a change. */
export interface GivenPace {
  change: string;
  which: string | undefined;
  to: number | undefined;
}

/** Tells live workers how much to run; ends with 1 where one has not heeded it. */
export async function changePace(call: Call, inspector: Inspector, given: GivenPace): Promise<ExitCode> {
  const change = CHANGES.find((one) => one === given.change);
  if (change === undefined)
    throw refusal(`name one of ${CHANGES.join(', ')}, not ${JSON.stringify(given.change)}`);
  const { which, to } = given;
  if (which === undefined) throw refusal('name a worker by its id or host:pid, or a host');
  if ((change === 'concurrency') !== (to !== undefined))
    throw refusal('--to says how many jobs, for concurrency alone');
  if (call.shared.dryRun) {
    const meant = (await inspector.workerPace.find(which)).map(({ host, pid }) => `${host}:${pid}`);
    return showDry(call, `${meant.join(', ')} would be told so`);
  }
  const target = { which, by: call.by };
  const { action } = WORKER_OPERATIONS[change];
  const work = (): Promise<PacedTold> =>
    change === 'concurrency'
      ? WORKER_OPERATIONS.concurrency.run(inspector, target, { concurrency: to ?? 1 })
      : WORKER_OPERATIONS[change].run(inspector, target);
  const noted = { action, queue: null, id: which };
  const { text, workers } = await changed(call, inspector, noted, work, (told) => told.text);
  await show(call, { workers }, () => `${text.replaceAll(', ', '\n')}\n`);
  return workers.every(({ isHeeded }) => isHeeded) ? EXIT.done : EXIT.partly;
}

function refusal(message: string): CommandFailure {
  return new CommandFailure(EXIT.wrongUse, message);
}
