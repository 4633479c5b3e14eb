import type { Inspector } from '../inspector/inspector.ts';
import { countText } from '../texts.ts';
import { changed } from './change.ts';
import { type Call, defineCommand } from './command.ts';
import { CommandFailure, EXIT } from './exit-code.ts';
import { openProgress } from './progress.ts';
import { requireQueue } from './require-queue.ts';
import { show } from './show.ts';
import { maybe } from './values.ts';

/** What was done, over all queues. */
interface Reencrypted {
  queues: number;
  looked: number;
  rewritten: number;
  missed: number;
  closed: number;
}

/** `apiary reencrypt`: encrypts what is kept anew, by the first of the keys. */
export const reencrypt = defineCommand({
  takes: { queue: maybe('the queue, else all of them') },
  options: {},
  run: async (call, { queue }) => {
    if (call.shared.dryRun)
      throw new CommandFailure(EXIT.wrongUse, 'what it would do is known only by doing it: it loses nothing');
    const { inspector } = await call.open();
    if (queue !== undefined) await requireQueue(inspector, queue);
    const queues = queue === undefined ? await inspector.queueNames() : [queue];
    const done: Reencrypted = { queues: queues.length, looked: 0, rewritten: 0, missed: 0, closed: 0 };
    const progress = openProgress(call, 'looked at', null);
    for (const one of queues) await walk(call, inspector, { queue: one, done, at: progress.at });
    progress.end();
    await show(call, done, textOf);
    return done.closed + done.missed > 0 ? EXIT.partly : EXIT.done;
  },
});

async function walk(
  call: Call,
  inspector: Inspector,
  { queue, done, at }: { queue: string; done: Reencrypted; at: (looked: number) => void },
): Promise<void> {
  const work = async (): Promise<void> => {
    for (let cursor: string | null = null; ; ) {
      const step = await inspector.privacy.reencrypt(queue, { cursor });
      for (const name of ['looked', 'rewritten', 'missed', 'closed'] as const) done[name] += step[name];
      at(done.looked);
      if (step.cursor === null) return;
      cursor = step.cursor;
    }
  };
  await changed(call, inspector, { action: 'reencrypt', queue, id: null }, work);
}

function textOf({ looked, rewritten, missed, closed }: Reencrypted): string {
  const lines = [`${countText(rewritten, 'text')} of ${looked} encrypted anew`];
  if (missed > 0) lines.push(`${missed} changed meanwhile: run it again`);
  if (closed > 0) lines.push(`${closed} cannot be decrypted: their keys are missing, or they were changed`);
  return `${lines.join('\n')}\n`;
}
