import type { Config, Role } from './config.ts';
import { rejectSettings } from './config-problems.ts';
import type { Logger } from './logger.ts';
import type { OutboxDepth } from './outbox/depth.ts';
import type { Checks } from './server/health/health.ts';

/** What the relay role is built from. */
export interface RelayParts {
  config: Config;
  log: Logger;
  /** What the roles that run here need; the relay tells there what keeps it from moving rows. */
  roleChecks: Checks;
}

/** The outbox of a process, to be looked at. */
export interface OutboxWatch {
  /** Tells how it stands. Rejects with what the database says. */
  depth(): Promise<OutboxDepth>;
  close(): Promise<void>;
}

/** Throws CONFIG_INVALID where the relay is to run and nobody says where the outbox is. */
export function requireOutbox({ outboxUrl }: Config, roles: readonly Role[]): void {
  if (!roles.includes('relay') || outboxUrl !== null) return;
  const message = 'OUTBOX_URL is not set; the role relay needs it, as postgres://user:password@host/database';
  rejectSettings([{ path: 'OUTBOX_URL', message }]);
}

/** Starts a relay in this process; returns what ends it. */
export async function startRelay(parts: RelayParts, redisUrl: string): Promise<() => Promise<void>> {
  const { config, roleChecks } = parts;
  const log = parts.log.child({ component: 'relay' });
  const { createRelay } = await import('./outbox/relay.ts');
  const { outboxUrl, queuePrefix: prefix, encryption: given } = config;
  const { keys, all } = given;
  const encryption = keys === null ? {} : { encryption: { keys, all } };
  const relay = createRelay({ postgres: outboxUrl ?? '', redis: redisUrl, prefix, log, ...encryption });
  await relay.start();
  roleChecks['relay'] = () => {
    const { trouble } = relay.stats;
    if (trouble) throw trouble;
  };
  log.info('relay moves the rows of the outbox');
  return async () => {
    await relay.stop();
    log.info('relay has stopped', { moved: relay.stats.moved });
  };
}

/** Looks at the outbox of the settings, over a connection that the first look opens; null where there is none. */
export function watchOutbox({ outboxUrl }: Config, log: Logger): OutboxWatch | null {
  if (outboxUrl === null) return null;
  let opening: ReturnType<typeof open> | null = null;
  const open = async () => {
    const { openPool } = await import('./outbox/open-pool.ts');
    return openPool(outboxUrl, 1, log);
  };
  return {
    depth: async () => {
      const { readDepth } = await import('./outbox/depth.ts');
      const { tableNames } = await import('./outbox/table-names.ts');
      opening ??= open();
      return readDepth((await opening).pool, tableNames());
    },
    close: async () => {
      const opened = await opening?.catch(() => null);
      await opened?.close();
    },
  };
}
