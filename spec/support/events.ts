import type { QueueEvent } from '../../lib/inspector/events.ts';
import { until } from './wait.ts';

/** What came out of a loop over events so far, and its end. */
export interface Heard {
  readonly events: QueueEvent[];
  /** The names of the events, of one job if it is given. */
  names(job?: string): string[];
  /** Resolves when there are so many events of this name. */
  until(event: QueueEvent['event'], count?: number): Promise<void>;
  /** Resolves when the loop has ended; rejects with what it threw. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

/** Listens in the background, and resolves once it does. */
export async function hear(
  loop: AsyncIterableIterator<QueueEvent>,
  begun: () => Promise<boolean> = async () => true,
): Promise<Heard> {
  const events: QueueEvent[] = [];
  const run = async (): Promise<void> => {
    for await (const event of loop) events.push(event);
  };
  const ended = run();
  ended.catch(() => undefined);
  await until(begun, 'somebody listens');
  const namesOf = (job?: string): string[] =>
    events
      .filter((event) => job === undefined || ('job' in event && event.job === job))
      .map(({ event }) => event);
  return {
    events,
    names: namesOf,
    until: (name, count = 1) =>
      until(() => namesOf().filter((event) => event === name).length >= count, `${count} times ${name}`),
    ended,
    stop: async () => {
      await loop.return?.();
      await ended;
    },
  };
}
