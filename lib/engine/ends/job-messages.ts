/** A message on bee-queue's `events` channel. */
export type JobMessage =
  | { id: string; event: 'succeeded' | 'progress'; data: unknown }
  | { id: string; event: 'failed' | 'retrying'; data: Error };

/**
 * Reads a message of bee-queue's `events` channel, which anybody may write to; null when it is none, such as one of an
 * event that we do not know. Above all never `error`, which would end the process.
 */
export function parseJobMessage(text: string): JobMessage | null {
  const message = parseObject(text);
  if (message === null || !('id' in message) || !('event' in message)) return null;
  const { id, event } = message;
  const data: unknown = 'data' in message ? message.data : undefined;
  if (typeof id !== 'string') return null;
  if (event === 'succeeded' || event === 'progress') return { id, event, data };
  if (event === 'failed' || event === 'retrying') return { id, event, data: new Error(toText(data)) };
  return null;
}

function parseObject(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' ? value : null;
  } catch {
    return null;
  }
}

function toText(data: unknown): string {
  return typeof data === 'string' ? data : JSON.stringify(data ?? '');
}
