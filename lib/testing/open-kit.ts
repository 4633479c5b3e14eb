import { randomBytes } from 'node:crypto';
import {
  checkOptions,
  functionOption,
  listOption,
  mapOption,
  optionThat,
  textOption,
} from '../check-options.ts';
import { isBoundHandler, isSchedule } from '../worker/handler-shape.ts';
import { readMoment } from './duration.ts';
import { Kit } from './kit.ts';
import { KitClock } from './kit-clock.ts';
import { KitConnection } from './kit-connection.ts';
import { noteLeftBehind } from './left-behind.ts';
import { forgetKit, registerKit } from './open-kits.ts';
import { shareRedis } from './shared-redis.ts';
import type { TestApiary, TestApiaryOptions } from './test-apiary.ts';

const isHandlers = (value: unknown): boolean =>
  typeof value === 'function' || (Array.isArray(value) && value.every(isBoundHandler));

const OPTIONS = {
  handlers: optionThat('must be a list of what handle(…) returns, or a function that makes one', isHandlers),
  schedules: listOption(optionThat('must be what schedule(…) returns', isSchedule)).optional(),
  middleware: listOption(functionOption).optional(),
  retention: mapOption(optionThat('must be a rule', () => true)).optional(),
  now: optionThat('must be a Date, epoch ms or an ISO 8601 text', () => true).optional(),
  redis: textOption.optional(),
  backoffs: mapOption(functionOption).optional(),
  isFailure: functionOption.optional(),
} satisfies Record<keyof TestApiaryOptions, unknown>;

async function onClosing(kit: Kit): Promise<void> {
  await noteLeftBehind(kit);
  forgetKit(kit);
}

/**
 * Opens everything of one test: a producer, an inspector and a worker that runs when it is asked, on a real Redis,
 * under a prefix of its own and in a time of its own. Close it at the end of the test. Throws CONFIG_INVALID for
 * options that cannot be, HANDLER_INVALID for handlers that cannot go together, REDIS_BINARY_MISSING where there is no
 * redis-server.
 */
export async function testApiary(options: TestApiaryOptions): Promise<TestApiary> {
  checkOptions('testApiary', OPTIONS, options);
  const { now = Date.now(), redis } = options;
  const clock = new KitClock(readMoment('testApiary: now', now));
  const share = redis === undefined ? await shareRedis() : { url: redis, release: async () => undefined };
  const prefix = `test-${randomBytes(6).toString('hex')}`;
  const connection = new KitConnection(share.url, prefix, clock);
  try {
    const place = { connection, share, prefix, clock, onClosing };
    const kit = await new Kit(place, options).open();
    registerKit(kit);
    return kit;
  } catch (error) {
    await connection.close();
    await share.release();
    throw error;
  }
}
