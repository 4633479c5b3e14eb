import type { Kit } from './kit.ts';
import { ofProcess } from './of-process.ts';

const asked = ofProcess<{ isAsked: boolean; ofClosed: string[] }>('left', () => ({
  isAsked: false,
  ofClosed: [],
}));

/** From now on kits tell, as they close, which jobs they leave behind: somebody asks. */
export function askForLeftBehind(): void {
  asked.isAsked = true;
}

/** Takes note of what a kit leaves behind that closes; nothing as long as nobody asks. */
export async function noteLeftBehind(kit: Kit): Promise<void> {
  if (asked.isAsked) asked.ofClosed.push(...(await kit.leftBehind()));
}

/** What kits have left behind that closed since the last time, and what there is in those that are open. */
export async function takeLeftBehind(open: readonly Kit[]): Promise<string[]> {
  const left = asked.ofClosed.splice(0);
  for (const kit of open) left.push(...(await kit.leftBehind()));
  return left;
}
