import type { Response } from 'express';

/** The media type of server-sent events. */
export const EVENT_STREAM_TYPE = 'text/event-stream';

/** Begins an answer of server-sent events: the head is sent at once. */
export function beginEvents(response: Response): void {
  // Proxies are asked not to keep anything back.
  response.set({ 'Content-Type': EVENT_STREAM_TYPE, 'Cache-Control': 'no-store, no-transform' });
  response.set('X-Accel-Buffering', 'no');
  response.status(200).flushHeaders();
}
