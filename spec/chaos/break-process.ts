import type { EvidenceFile } from './evidence.ts';
import type { Work } from './mix.ts';
import { trueNow } from './true-time.ts';

/** With what a process ends that a handler ends: its supervisor knows it by that. */
export const EXIT_IN_HANDLER = 7;

/** Does to this process what a job is told to do to it, at its first attempt, and tells of it before. */
export async function breakProcess(
  { blocksForMs, exits }: Work,
  file: EvidenceFile,
  isFirst: () => Promise<boolean>,
): Promise<void> {
  if (blocksForMs === undefined && !exits) return;
  if (!(await isFirst())) return;
  const from = trueNow();
  const pids = [process.pid];
  if (exits) {
    file.write({ fact: 'fault', kind: 'exitInHandler', from, until: from, pids });
    process.exit(EXIT_IN_HANDLER);
  }
  file.write({ fact: 'fault', kind: 'loopBlocked', from, until: from + (blocksForMs ?? 0), pids });
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, blocksForMs);
}
