import type { Inspector } from '../inspector/inspector.ts';
import { moveWarning } from '../inspector/move-target.ts';
import { escapeControls } from '../log-text.ts';
import type { Call } from './command.ts';

/** What is said with one operation alone: why jobs are cancelled, where they are moved, how fast they are retried. */
export interface OwnWords {
  reason?: string | undefined;
  to?: string | undefined;
  perMinute?: number | undefined;
}

/** Says, before jobs are moved, what is to be known of the queue that they are moved to. */
export async function warnOf(call: Call, inspector: Inspector, { to }: OwnWords): Promise<void> {
  const warning = to === undefined ? null : await moveWarning(inspector, to);
  if (warning !== null) call.terminal.err(`apiary: ${escapeControls(warning)}\n`);
}
