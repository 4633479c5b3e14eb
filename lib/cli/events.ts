import { isoTime } from '../clock.ts';
import type { QueueEvent } from '../inspector/events.ts';
import { QUEUE_OPERATIONS } from '../inspector/queue-operations.ts';
import { escapeControls } from '../log-text.ts';
import { changed } from './change.ts';
import { type Call, defineCommand } from './command.ts';
import { CommandFailure, EXIT, type ExitCode } from './exit-code.ts';
import { requireQueue } from './require-queue.ts';
import { lineText, show, showDry } from './show.ts';
import { choice, flag, maybe, text, whole } from './values.ts';

const SWITCH = ['on', 'off'] as const;

/** `apiary events`: prints what happens in a queue, or in all, as it happens. */
export const events = defineCommand({
  takes: { queue: maybe('the queue; else all') },
  options: {
    follow: flag('go on until it is interrupted, as it does in any case'),
    job: text('id', 'only what happens to this job'),
    since: text('id', 'of a queue, begin behind the event with this id, as far back as its log goes'),
    record: choice(
      SWITCH,
      'keep the events of the queue although nobody listens, or no longer; then it ends',
    ),
    limit: whole('end after so many events', { least: 1, most: 1_000_000_000 }),
  },
  run: async (call, { queue, job, since, limit, record }) => {
    if (record !== undefined) return switchRecording(call, queue, record === 'on');
    if (queue === undefined && since !== undefined) {
      throw new CommandFailure(EXIT.wrongUse, '--since is for one queue: name it');
    }
    const { inspector } = await call.open();
    if (queue !== undefined) await requireQueue(inspector, queue);
    const all =
      queue === undefined
        ? inspector.events()
        : inspector.events(queue, since === undefined ? {} : { since });
    let told = 0;
    for await (const event of all) {
      if (job !== undefined && !('job' in event && event.job === job)) continue;
      await call.terminal.out(call.shared.json ? lineText(event) : eventText(call, event));
      if (++told === limit) break;
    }
    return EXIT.done;
  },
});

async function switchRecording(call: Call, queue: string | undefined, isOn: boolean): Promise<ExitCode> {
  if (queue === undefined) throw new CommandFailure(EXIT.wrongUse, '--record is for one queue: name it');
  const { inspector } = await call.open();
  await requireQueue(inspector, queue);
  const { action, run } = QUEUE_OPERATIONS.record;
  if (call.shared.dryRun)
    return showDry(
      call,
      `events of queue ${queue} would be kept ${isOn ? 'for good' : 'while somebody listens'}`,
    );
  const work = () => run(inspector, { queue, by: call.by }, { isOn });
  const change = { action, queue, id: null };
  const { done, text: said } = await changed(call, inspector, change, work, (told) => told.text);
  return show(call, { queue, recorded: isOn, changed: done }, () => `${said}\n`);
}

function eventText({ shared }: Call, { event, queue, id: _, at, ...facts }: QueueEvent): string {
  const { job, ...others } = { job: '-', ...facts };
  const details = Object.entries(others).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  const time = shared.utc ? isoTime(at) : clockTime(at);
  return `${escapeControls([time, event.padEnd('succeeded'.length), queue, job, ...details].join('  '))}\n`;
}

/** The time of day on this machine. */
function clockTime(at: number): string {
  return new Date(at).toTimeString().slice(0, 'hh:mm:ss'.length);
}
