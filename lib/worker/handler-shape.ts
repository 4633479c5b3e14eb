import type { BoundHandler } from '../jobs/define.ts';
import type { DeclaredSchedule } from '../jobs/schedule.ts';

/** Whether a value is what `handle` and `handleGroup` return. */
export function isBoundHandler(value: unknown): value is BoundHandler {
  return hasDefinition(value) && 'run' in value && typeof value.run === 'function';
}

/** Whether a value is what `schedule` returns. */
export function isSchedule(value: unknown): value is DeclaredSchedule {
  if (!hasDefinition(value) || !('schedule' in value)) return false;
  const { schedule } = value;
  return typeof schedule === 'object' && schedule !== null && 'timing' in schedule;
}

function hasDefinition(value: unknown): value is { definition: object } {
  if (typeof value !== 'object' || value === null || !('definition' in value)) return false;
  const { definition } = value;
  if (typeof definition !== 'object' || definition === null) return false;
  return 'type' in definition && 'queue' in definition && 'schema' in definition;
}
