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
    return await ask(client);
  } catch (error) {
    if (refused) return { kind: 'nobody' };
    const isSilent = error instanceof Error && error.message === 'Command timed out';
    return { kind: isSilent ? 'silent' : 'other' };
  } finally {
    client.disconnect();
  }
}

async function ask(client: Redis): Promise<PortHolder> {
  const config = await client.config('GET', 'dir');
  const info = await client.info('server');
  const accepting = await client.ping().then(
    () => true,
    () => false,
  );
  const dir = String(Array.isArray(config) ? config[1] : '');
  return { kind: 'redis', dir, pid: pidIn(info), accepting };
}

function pidIn(info: string): number {
  return Number(/^process_id:(\d+)/m.exec(info)?.[1]);
}
