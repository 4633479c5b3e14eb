import type { Inspector } from '../inspector/inspector.ts';
import { nearestOf } from '../nearest.ts';
import { CommandFailure, EXIT } from './exit-code.ts';

/** Throws what ends a command with 3 where there is no such queue: what was never used cannot be meant. */
export async function requireQueue(inspector: Inspector, name: string): Promise<void> {
  const { counts, paused, grouped } = await inspector.queue(name);
  if (paused !== null || grouped > 0 || Object.values(counts).some((count) => count > 0)) return;
  const names = await inspector.census.names();
  if (names.includes(name)) return;
  const meant = nearestOf(name, names);
  const hint = meant === null ? '' : `; did you mean ${meant}?`;
  throw new CommandFailure(EXIT.notFound, `there is no queue ${name}${hint}`);
}
