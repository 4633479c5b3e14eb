import type { Inspector } from '../inspector/inspector.ts';
import type { JobDefinition } from '../jobs/define.ts';
import { parseSignal } from '../jobs/signal-data.ts';
import { requireSignalName } from '../jobs/signals.ts';

/** What checking a signal goes by: the job types that are known here. */
export interface CheckSignalDeps {
  inspector: Inspector;
  definitions: ReadonlyMap<string, JobDefinition<unknown, unknown>>;
}

/**
 * Checks a signal of a job whose type is known here by its definition; of any other its worker does. Throws JOB_INVALID
 * for what that refuses.
 */
export async function checkSignal(
  { inspector, definitions }: CheckSignalDeps,
  { queue, id }: { queue: string; id: string },
  { signal, data }: { signal: string; data: unknown },
): Promise<void> {
  const job = await inspector.job(queue, id);
  const definition = job && definitions.get(job.type);
  if (!definition) return;
  requireSignalName(definition, signal);
  await parseSignal(definition, signal, data);
}
