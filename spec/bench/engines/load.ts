import type { EngineName, OpenQueue } from './engine.ts';

/**
 * Loads one job system, and none of the others into the same process.
 *
 * @param build - the folder of the build of ours to measure, as a file URL
 */
export async function loadEngine(name: EngineName, build: string): Promise<OpenQueue> {
  switch (name) {
    case 'ours':
    case 'against':
      return (await import('./ours.ts')).loadOurs(build);
    case 'bee':
      return (await import('./bee.ts')).openBee;
    case 'bullmq':
      return (await import('./bullmq.ts')).openBullMq;
  }
}
