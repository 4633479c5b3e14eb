import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findServerBinary } from '../../lib/redis/server-binary.ts';
import { until } from './wait.ts';

/** A redis-server with settings of a spec's own; nobody waits until it has loaded its data. */
export interface BareRedis {
  readonly url: string;
  readonly port: number;
  /** Where its data is. */
  readonly folder: string;
  /** Sends it a signal. */
  kill(signal: NodeJS.Signals): void;
  /** Ends it; its folder stays. */
  end(): Promise<void>;
  /** Ends it and removes its data. Harmless twice. */
  stop(): Promise<void>;
}

/**
 * Starts a redis-server with these settings on a port; resolves when it listens there. `env` is added to its
 * environment.
 */
export async function startBareRedis(
  port: number,
  settings: Readonly<Record<string, string>> = {},
  folder?: string,
  env: Readonly<Record<string, string>> = {},
): Promise<BareRedis> {
  const dir = folder ?? (await mkdtemp(join(tmpdir(), 'apiary-spec-bare-')));
  const all = { bind: '127.0.0.1', port: String(port), dir, save: '', ...settings };
  const args = Object.entries(all).flatMap(([name, value]) => [`--${name}`, value]);
  const child = spawn(await findServerBinary(null), args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += String(text)));
  const closed = once(child, 'close');
  const end = async (): Promise<void> => {
    child.kill('SIGKILL');
    await closed;
  };
  await until(() => /Server initialized|Ready to accept/.test(said) || child.exitCode !== null, 'it listens');
  if (child.exitCode !== null) throw new Error(said);
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    folder: dir,
    kill: (signal) => void child.kill(signal),
    end,
    stop: async () => {
      await end();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
