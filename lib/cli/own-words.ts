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

/** What is to be known of the queue that jobs are moved to, said before; with `--json` it is a part of the answer. */
export async function warnOf(
  call: Call,
  inspector: Inspector,
  { to }: OwnWords,
): Promise<{ warning?: string }> {
  const warning = to === undefined ? null : await moveWarning(inspector, to);
  if (warning === null) return {};
  if (call.shared.json) return { warning };
  call.terminal.err(`apiary: ${escapeControls(warning)}\n`);
  return {};
}
