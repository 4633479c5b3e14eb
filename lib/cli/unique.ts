import type { UniqueKeyInfo } from '../inspector/inspector.ts';
import { QUEUE_OPERATIONS } from '../inspector/queue-operations.ts';
import { escapeControls } from '../log-text.ts';
import { changed } from './change.ts';
import { type Call, defineCommand } from './command.ts';
import { EXIT } from './exit-code.ts';
import { requireQueue } from './require-queue.ts';
import { show, showDry, when } from './show.ts';
import { flag, one } from './values.ts';

/** `apiary unique`: tells which job holds a unique key, or lets go of it. */
export const unique = defineCommand({
  takes: { queue: one('the queue'), key: one('the unique key') },
  options: { free: flag('let go of the key; the job that holds it goes on') },
  run: async (call, { queue, key, free }) => {
    const { inspector } = await call.open();
    await requireQueue(inspector, queue);
    const found = await inspector.uniqueKeys.holder(queue, key);
    if (!free) {
      await show(call, found, () => escapeLine(holderText(call, found)));
      return found === null ? EXIT.notFound : EXIT.done;
    }
    if (call.shared.dryRun)
      return showDry(call, found ? `job ${found.holderId} would not hold it any more` : 'no job holds it');
    const { action, run } = QUEUE_OPERATIONS.freeKey;
    const work = () => run(inspector, { queue, by: call.by }, { key });
    const { text, holderId } = await changed(
      call,
      inspector,
      { action, queue, id: key },
      work,
      (told) => told.text,
    );
    await show(call, { queue, key, holderId }, () => escapeLine(text));
    return holderId === null ? EXIT.notFound : EXIT.done;
  },
});

function holderText(call: Call, found: UniqueKeyInfo | null): string {
  if (found === null) return 'no job holds it';
  const { holderId, release, endsAt, parkedId } = found;
  const until = release === 'ttl' ? '' : ' until its end';
  const most = endsAt === null ? '' : `${until === '' ? '' : ', at most'} until ${when(call, endsAt)}`;
  const next = parkedId === null ? '' : `; job ${parkedId} runs after it`;
  return `job ${holderId} holds it${until}${most}${next}`;
}

/** Ids and keys are anybody's. */
function escapeLine(text: string): string {
  return `${escapeControls(text)}\n`;
}
