import { Redis } from 'ioredis';

/** Who answers on a port of this machine. */
export type PortHolder =
  | { kind: 'nobody' }
  | { kind: 'redis'; dir: string; pid: number; accepting: boolean }
  /** Takes connections and says nothing within five seconds. */
  | { kind: 'silent' }
  | { kind: 'other' };

const PATIENCE_MS = 5_000;

/**
 * Asks a port on 127.0.0.1 whether a Redis is there, in which directory it keeps its data, and whether it serves yet.
 */
export async function probe(port: number): Promise<PortHolder> {
  const client = new Redis({
    host: '127.0.0.1',
    port,
    lazyConnect: true,
    enableReadyCheck: false,
    retryStrategy: null,
    connectTimeout: PATIENCE_MS,
    commandTimeout: PATIENCE_MS,
    disconnectTimeout: 0,
  });
  let refused = false;
  client.on('error', (error: Error) => {
    refused ||= 'code' in error && error.code === 'ECONNREFUSED';
  });
  try {
    const config = await client.config('GET', 'dir');
    const info = await client.info('server');
    const accepting = await client.ping().then(
      () => true,
      () => false,
    );
    return {
      kind: 'redis',
      dir: String(Array.isArray(config) ? config[1] : ''),
      pid: pidIn(info),
      accepting,
    };
  } catch (error) {
    if (refused) return { kind: 'nobody' };
    return error instanceof Error && error.message === 'Command timed out'
      ? { kind: 'silent' }
      : { kind: 'other' };
  } finally {
    client.disconnect();
  }
}

function pidIn(info: string): number {
  return Number(/^process_id:(\d+)/m.exec(info)?.[1]);
}
