import { startTestRedis, type TestRedis } from './test-redis.ts';

/** A share in the one private server of this process. */
export interface RedisShare {
  readonly url: string;
  /** Gives it back: with the last share the server ends. Harmless twice. */
  release(): Promise<void>;
}

let server: Promise<TestRedis> | null = null;
let shares = 0;

/** Takes a share in the private server of this process, which starts with the first. Rejects as {@link startTestRedis}. */
export async function shareRedis(): Promise<RedisShare> {
  server ??= startTestRedis();
  shares++;
  let isHeld = true;
  const release = async (): Promise<void> => {
    if (!isHeld) return;
    isHeld = false;
    shares--;
    const ending = server;
    if (shares > 0 || !ending) return;
    server = null;
    await ending.then(
      (started) => started.stop(),
      () => undefined,
    );
  };
  try {
    return { url: (await server).url, release };
  } catch (error) {
    await release();
    throw error;
  }
}
