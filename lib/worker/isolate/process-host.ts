import { type ChildProcess, fork } from 'node:child_process';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import type { Isolation } from '../../jobs/isolation.ts';
import { ownModule, RUNS_FROM_SOURCE } from '../../own-module.ts';
import type { Host, HostEnd } from './host.ts';
import { inheritedArgs } from './inherited-args.ts';
import { type FromIsolate, isFromIsolate, type ToIsolate, toSent } from './message.ts';
import { residentMb } from './resident-memory.ts';

const PROGRAM = new URL('./program', import.meta.url);
/** How long what a process has said last is waited for after its end. */
const LAST_WORDS_MS = 1_000;
/** There a process cannot lead a group, and what it has started stays. */
const HAS_GROUPS = process.platform !== 'win32';

/** A process that runs handlers: with whatever it starts a group of its own, which no signal of a terminal reaches. */
export class ProcessHost implements Host {
  readonly ended: Promise<HostEnd>;
  readonly #process: ChildProcess;

  /** Starts it. */
  constructor({ maxMemoryMb }: Isolation, hear: (message: FromIsolate) => void) {
    this.#process = fork(ownModule(PROGRAM), {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      serialization: 'advanced',
      detached: HAS_GROUPS,
      execArgv: argsOf(maxMemoryMb),
    });
    this.#process.on('message', (sent) => {
      if (isFromIsolate(sent)) hear(sent.message);
    });
    this.ended = untilEnded(this.#process);
  }

  /** See {@link Host}. */
  send(message: ToIsolate): void {
    if (this.#process.connected) this.#process.send(toSent(message), () => undefined);
  }

  /** See {@link Host}. */
  kill(): void {
    const { pid, exitCode, signalCode } = this.#process;
    if (pid === undefined || exitCode !== null || signalCode !== null) return;
    try {
      process.kill(HAS_GROUPS ? -pid : pid, 'SIGKILL');
    } catch {
      // It has ended meanwhile.
    }
  }

  /** See {@link Host}. */
  memoryMb(): Promise<number | null> {
    return residentMb(this.#process.pid ?? 0);
  }
}

/** With less than it may have on its heap Node would end it too late, and with more not at all. */
function argsOf(maxMemoryMb: number | null): string[] {
  const limits = maxMemoryMb === null ? [] : [`--max-old-space-size=${maxMemoryMb}`];
  const args = inheritedArgs(process.execArgv);
  const runsTypeScript = args.some((arg) => /\btsx\b/.test(arg));
  if (!RUNS_FROM_SOURCE || runsTypeScript) return [...args, ...limits];
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  return [...args, '--import', tsx, ...limits];
}

function untilEnded(child: ChildProcess): Promise<HostEnd> {
  return new Promise((resolve) => {
    child.on('error', (error) => {
      if (child.pid === undefined) resolve({ how: 'as the system could not start it', error });
    });
    // `exit` and not `close`: what the process has started itself may hold its output open.
    child.once('exit', (code, signal) => {
      const end = (): void =>
        resolve({ how: signal === null ? `with code ${code}` : `by ${signal}`, error: null });
      // What it said last may still be on its way.
      if (!child.connected) return end();
      child.once('disconnect', end);
      setTimeout(end, LAST_WORDS_MS).unref();
    });
  });
}
