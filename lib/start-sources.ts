import { systemClock } from './clock.ts';
import { codeOf } from './code-of.ts';
import type { Config } from './config.ts';
import type { SourceSetting } from './config-sources.ts';
import { ApiaryError } from './errors.ts';
import { BulkRunner } from './inspector/bulk-runner.ts';
import { Inspector } from './inspector/inspector.ts';
import { Producer } from './jobs/producer.ts';
import { keyringOf } from './keyring.ts';
import type { Logger } from './logger.ts';
import { closeClient, connect, isReady, type RedisClient, untilKnown } from './redis/connect.ts';
import { troubleOf } from './redis/outages.ts';
import { parseRedisUrl } from './redis/url.ts';
import { watchCases } from './server/monitor/case-watch.ts';
import type { MonitorSource, SourceParts } from './server/monitor/monitor-source.ts';

/** The further Redis servers of a monitor. */
export interface OpenSources {
  readonly sources: readonly MonitorSource[];
  /** Closes what was opened; nothing is opened any more. Harmless twice. */
  close(): Promise<void>;
}

type Deps = Pick<Config, 'queuePrefix' | 'encryption' | 'redisReserve'> & {
  log: Logger;
  /** Whether nobody may change anything anywhere. */
  readOnly: boolean;
};

/** So long a page waits for the first connection. */
const REACH_MS = 3_000;

/** Makes what the monitor shows of further Redis servers; to each it connects once somebody asks for it. */
export function openSources(config: Config, log: Logger): OpenSources {
  const { queuePrefix, encryption, redisReserve, monitor } = config;
  const deps = { queuePrefix, encryption, redisReserve, log, readOnly: monitor.readOnly };
  const sources = monitor.sources.map((setting) => new LazySource(setting, deps));
  return {
    sources,
    close: async () => {
      await Promise.all(sources.map((source) => source.close()));
    },
  };
}

/** What was opened of a server. */
interface Opened extends SourceParts {
  client: RedisClient;
  close: () => Promise<void>;
}

class LazySource implements MonitorSource {
  readonly name: string;
  readonly readOnly: boolean;
  readonly #url: string;
  readonly #deps: Deps;
  #opened: Opened | null = null;
  #isClosed = false;

  constructor({ name, url, readOnly }: SourceSetting, deps: Deps) {
    this.name = name;
    this.readOnly = readOnly;
    this.#url = url;
    this.#deps = deps;
  }

  parts(): SourceParts {
    return this.#open();
  }

  async trouble(): Promise<string | null> {
    const { client } = this.#open();
    if (isReady(client)) return null;
    // What failed is tried again and again meanwhile: nobody need wait for that.
    if (troubleOf(client) === null) await within(REACH_MS, untilKnown(client));
    return isReady(client) ? null : reasonOf(client);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const opened = this.#opened;
    this.#opened = null;
    await opened?.close();
  }

  #open(): Opened {
    if (this.#isClosed) throw new ApiaryError('REDIS_UNAVAILABLE', 'the monitor is shutting down');
    this.#opened ??= open(this.#url, {
      ...this.#deps,
      log: this.#deps.log.child({ source: this.name }),
      readOnly: this.#deps.readOnly || this.readOnly,
    });
    return this.#opened;
  }
}

function open(url: string, { queuePrefix: prefix, encryption, redisReserve, log, readOnly }: Deps): Opened {
  const client = connect(parseRedisUrl(url), 'requests', {
    log: log.child({ component: 'redis' }),
    connectionName: 'apiary:source',
  });
  const keyring = keyringOf(encryption);
  const shared = { client, prefix };
  const inspector = new Inspector({ ...shared, knownQueues: [], keyring });
  // Without keys there is nothing that it could hide.
  const closedInspector = keyring ? new Inspector({ ...shared, knownQueues: [] }) : inspector;
  const producer = new Producer({ ...shared, keyring, memoryReserve: redisReserve / 100 });
  // Where nobody may change anything, nothing is written either.
  const duties = readOnly
    ? []
    : [new BulkRunner({ inspector, log }), watchCases({ inspector, log, clock: systemClock })];
  const close = async (): Promise<void> => {
    await Promise.all(duties.map((duty) => duty.stop()));
    await Promise.all([producer.close(), inspector.close(), closedInspector.close()]);
    await closeClient(client);
  };
  return { client, inspector, closedInspector, producer, close };
}

/** Why a server cannot be reached, in words that everybody may read: nothing of its address is in them. */
function reasonOf(client: RedisClient): string {
  const error = troubleOf(client);
  if (error === null) return `it has not answered for ${REACH_MS} ms`;
  return codeOf(error) ?? error.name;
}

async function within(limitMs: number, work: Promise<void>): Promise<void> {
  const ending = new AbortController();
  await Promise.race([work, systemClock.sleep(limitMs, ending.signal)]);
  ending.abort();
}
