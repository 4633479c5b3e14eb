import type { Response } from 'express';
import type { Clock } from '../../clock.ts';
import type { EventStream, QueueEvent } from '../../inspector/events.ts';
import type { Logger } from '../../logger.ts';
import { beginEvents } from '../begin-events.ts';

/** What sending events works with. */
export interface EventAnswerDeps {
  clock: Clock;
  log: Logger;
}

/** Whose events are sent, and until when. */
export interface EventOrder {
  stream: EventStream;
  queue: string;
  /** Only those of this job; null for all. */
  job: string | null;
  /** Aborts when the client is gone, or the server closes. */
  over: AbortSignal;
}

/** So often a client hears something, whatever happens, ms: what stands between must not take it for dead. */
const HEARTBEAT_MS = 15_000;
/** Who has not taken in what was sent for so long is cut off, ms. */
const SLOW_MS = 10_000;
/** A client that lost the connection comes back after so long, ms. */
const RETRY_MS = 2_000;

/** Sends events, as server-sent events, for as long as the client takes them in. Nothing is kept for a slow one. */
export async function sendEvents(
  deps: EventAnswerDeps,
  response: Response,
  { stream, queue, job, over }: EventOrder,
): Promise<void> {
  beginEvents(response);
  const place = (): string => `id: ${stream.idOf(queue) ?? ''}\n\n`;
  response.write(`retry: ${RETRY_MS}\n${place()}`);
  const beat = setInterval(() => {
    // The id is that of the queue: where one job is listened to, its own may be of long ago.
    if (!response.writableNeedDrain) response.write(`: \n${place()}`);
  }, HEARTBEAT_MS);
  try {
    for (let events = await stream.next(over); events.length > 0; events = await stream.next(over)) {
      const text = events.filter((event) => isOf(event, job)).map(toText);
      if (text.length === 0 || response.write(text.join(''))) continue;
      if (await isTakenIn(deps.clock, response)) continue;
      deps.log.debug('a slow reader of events was cut off', { queue });
      response.destroy();
      return;
    }
  } finally {
    clearInterval(beat);
  }
  response.end();
}

/** Answers who only wants to know how events would be answered, and listens to nothing. */
export function sendNoEvents(response: Response): void {
  beginEvents(response);
  response.end();
}

function isOf(event: QueueEvent, job: string | null): boolean {
  return job === null || event.event === 'gap' || ('job' in event && event.job === job);
}

/** All clients of a queue are sent the same objects, so each is written out once. */
const texts = new WeakMap<QueueEvent, string>();

function toText(event: QueueEvent): string {
  const known = texts.get(event);
  if (known !== undefined) return known;
  const text = `id: ${event.id}\ndata: ${JSON.stringify(event)}\n\n`;
  texts.set(event, text);
  return text;
}

/** Waits until the client has taken in what was sent; false when it does not, or is gone. */
async function isTakenIn(clock: Clock, response: Response): Promise<boolean> {
  const waiting = new AbortController();
  const go = (): void => waiting.abort();
  response.once('drain', go).once('close', go);
  await clock.sleep(SLOW_MS, waiting.signal);
  response.off('drain', go).off('close', go);
  return !response.writableNeedDrain && !response.destroyed;
}
