import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { systemClock } from '../clock.ts';
import { ApiaryError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { probe } from './probe.ts';

/** What a server process is started with. */
export interface ServerProcessOptions {
  binary: string;
  port: number;
  dataDir: string;
  appendOnly: boolean;
  log: Logger;
}

const READY_LIMIT_MS = 60_000;
const POLL_MS = 20;
const STOP_LIMIT_MS = 10_000;
const LINES_KEPT = 20;

/** A redis-server as a child of this process, which it does not outlive unless this process is killed. */
export class ServerProcess {
  readonly port: number;
  readonly pid: number;
  readonly #child: ReturnType<typeof launch>;
  readonly #lastLines: string[] = [];
  readonly #ended = new AbortController();
  readonly #closed: Promise<void>;
  readonly #terminate = () => void this.#child.kill('SIGTERM');

  /** Starts the program; it does not take commands yet. */
  constructor(options: ServerProcessOptions) {
    this.#child = launch(options);
    this.port = options.port;
    this.pid = this.#child.pid ?? 0;
    process.once('exit', this.#terminate);
    this.#closed = this.#watch(options.log);
  }

  /** Whether it ended because somebody else had the port. */
  get lostItsPort(): boolean {
    return (
      this.#ended.signal.aborted && this.#lastLines.some((line) => line.includes('Address already in use'))
    );
  }

  /** Resolves when it takes commands; throws REDIS_UNAVAILABLE when it ends before, or does not within a minute. */
  async untilAccepting(): Promise<void> {
    const deadline = systemClock.elapsed() + READY_LIMIT_MS;
    while (systemClock.elapsed() < deadline) {
      const holder = await probe(this.port);
      if (holder.kind === 'redis' && holder.pid === this.pid && holder.accepting) return;
      await systemClock.sleep(POLL_MS, this.#ended.signal);
      if (!this.#ended.signal.aborted) continue;
      await this.#closed;
      throw new ApiaryError('REDIS_UNAVAILABLE', `the embedded Redis ended:\n${this.#lastLines.join('\n')}`);
    }
    throw new ApiaryError(
      'REDIS_UNAVAILABLE',
      `the embedded Redis took no commands for ${READY_LIMIT_MS} ms`,
    );
  }

  /** Ends it and resolves when it has ended; after ten seconds by force. Harmless twice. */
  async stop(): Promise<void> {
    this.#terminate();
    await systemClock.sleep(STOP_LIMIT_MS, this.#ended.signal);
    if (!this.#ended.signal.aborted) this.#child.kill('SIGKILL');
    await this.#closed;
  }

  async #watch(log: Logger): Promise<void> {
    const child = this.#child;
    child.once('exit', () => this.#ended.abort());
    child.once('error', (error) => {
      this.#lastLines.push(error.message);
      this.#ended.abort();
    });
    for (const stream of [child.stdout, child.stderr]) {
      createInterface(stream).on('line', (line) => {
        if (this.#lastLines.push(line) > LINES_KEPT) this.#lastLines.shift();
        log.debug('The embedded Redis says', { line });
      });
    }
    await new Promise((resolve) => child.once('close', resolve));
    process.removeListener('exit', this.#terminate);
  }
}

function launch({ binary, port, dataDir, appendOnly }: ServerProcessOptions) {
  const settings = {
    bind: '127.0.0.1',
    port: String(port),
    dir: dataDir,
    daemonize: 'no',
    save: '',
    appendonly: appendOnly ? 'yes' : 'no',
    appendfsync: 'everysec',
    'maxmemory-policy': 'noeviction',
  };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  // A process group of its own: Ctrl-C in a terminal goes to the whole group, and Redis must outlive the shutdown.
  // Its files hold the data of jobs: nobody but the user may read them. Redis itself has no setting for that.
  return spawn('/bin/sh', ['-c', 'umask 077; exec "$0" "$@"', binary, ...args], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}
