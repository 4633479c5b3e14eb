import type { QueueEvent } from '../engine/events/queue-event.ts';
import type { EventStream } from './event-stream.ts';

/** Begins a stream; the signal aborts when the loop is over. */
export type Begin = (stream: EventStream, over: AbortSignal) => Promise<void>;

/** Makes a loop over a stream, which is begun at the first step and closed at the end. */
export function iterateEvents(
  stream: EventStream,
  signal: AbortSignal | undefined,
  begin: Begin,
): AsyncIterableIterator<QueueEvent> {
  const over = new AbortController();
  const end = (): void => over.abort();
  const events = loop(stream, over.signal, begin);
  signal?.addEventListener('abort', end, { once: true });
  if (signal?.aborted) end();
  return {
    next: () => events.next(),
    return: async () => {
      // Also while a next is waited for, which then has no event.
      end();
      signal?.removeEventListener('abort', end);
      await events.return(undefined);
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

async function* loop(
  stream: EventStream,
  over: AbortSignal,
  begin: Begin,
): AsyncGenerator<QueueEvent, undefined> {
  if (over.aborted) return undefined;
  const ended = new AbortController();
  const end = (): void => ended.abort();
  over.addEventListener('abort', end, { once: true });
  try {
    await begin(stream, ended.signal);
    for (;;) {
      const events = await stream.next(over);
      if (events.length === 0) return undefined;
      for (const event of events) {
        if (over.aborted) return undefined;
        yield event;
      }
    }
  } finally {
    // Whatever begin has left under way ends too.
    end();
    stream.close();
  }
}
