import { ofProcess } from './of-process.ts';
import { startTestRedis, type TestRedis } from './test-redis.ts';

/** A share in the one private server of this process. */
export interface RedisShare {
  readonly url: string;
  /** Gives it back: with the last share the server ends. Harmless twice. */
  release(): Promise<void>;
}

interface Sharing {
  server: Promise<TestRedis> | null;
  shares: number;
  isKept: boolean;
}

const sharing = ofProcess<Sharing>('redis', () => ({ server: null, shares: 0, isKept: false }));

/**
 * Takes a share in the private server of this process, which starts with the first. Rejects as {@link startTestRedis}.
 */
export async function shareRedis(): Promise<RedisShare> {
  sharing.server ??= startTestRedis();
  sharing.shares++;
  let isHeld = true;
  const release = async (): Promise<void> => {
    if (!isHeld) return;
    isHeld = false;
    sharing.shares--;
    if (sharing.shares === 0 && !sharing.isKept) await stop();
  };
  try {
    return { url: (await sharing.server).url, release };
  } catch (error) {
    sharing.server = null;
    await release();
    throw error;
  }
}

/** Keeps the server, once it runs, although nobody has a share in it, until {@link letGoOfRedis}. */
export function keepRedis(): void {
  sharing.isKept = true;
}

/** Ends the server when nobody has a share in it any more. */
export async function letGoOfRedis(): Promise<void> {
  sharing.isKept = false;
  if (sharing.shares === 0) await stop();
}

async function stop(): Promise<void> {
  const ending = sharing.server;
  sharing.server = null;
  await ending?.then(
    (started) => started.stop(),
    () => undefined,
  );
}
