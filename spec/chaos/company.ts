import { join } from 'node:path';
import { type MovedClock, makeMovedClock } from '../support/moved-clock.ts';
import { type SpecProcess, startCommand, startProgram } from '../support/process.ts';
import { RUNS_TYPESCRIPT } from '../support/program.ts';
import { EXIT_IN_HANDLER } from './break-process.ts';
import { type EngineName, engineRule, RIVAL_QUEUE } from './engines.ts';
import { EvidenceFile } from './evidence.ts';
import { lasts } from './insist.ts';
import { TRUE_ZERO_MS, trueNow } from './true-time.ts';

/** Where the processes of a run work. */
export interface CompanyOptions {
  engine: EngineName;
  url: string;
  wireUrl: string;
  prefix: string;
  /** For the evidence. */
  folder: string;
  seed: number;
  /** How long a producer waits between two adds, on average. */
  everyMs: number;
  /** The folder of another checkout of ours, of which every second worker and producer is; or null. */
  beside: string | null;
  /** How many replicas must have what a producer adds. */
  replicas: number;
  /** Whether stock bee-queue works beside us. */
  hasStock: boolean;
}

const STOCK_PROGRAM = 'spec/chaos/stock-process.ts';

type Role = 'worker' | 'producer' | 'stock';

/** A place in the company, which one process after the other has. */
interface Post {
  readonly role: Role;
  readonly isBehindWire: boolean;
  /** Of whoever holds it, if that can be moved. */
  readonly clock: MovedClock | null;
  holder: SpecProcess;
}

const STOCK_EVERY_MS = 400;
const SAID_LINES = 15;

/** The processes of a run: whoever ends is replaced, as a supervisor does. */
export class Company {
  readonly #options: CompanyOptions;
  readonly #file: EvidenceFile;
  readonly #posts: Post[] = [];
  /** Whose end is as it should be. */
  readonly #dismissed = new Set<number>();
  #hired = 0;
  /** Whether producers, and then all, are to end. */
  #isEnding = false;
  #isClosing = false;

  constructor(options: CompanyOptions) {
    this.#options = options;
    this.#file = new EvidenceFile(join(options.folder, 'company.ndjson'));
  }

  /** Fills all posts: one worker and one producer in direct touch with Redis, and others behind the wire. */
  async open(): Promise<void> {
    const posts: [Role, boolean][] = [
      ...([false, true, true] as const).map((isBehindWire): [Role, boolean] => ['worker', isBehindWire]),
      ...([false, true] as const).map((isBehindWire): [Role, boolean] => ['producer', isBehindWire]),
      ...(this.#options.hasStock ? [['stock', false] as [Role, boolean]] : []),
    ];
    for (const [role, isBehindWire] of posts) {
      // An older version tells by its own clock when things were.
      const clock = role === 'worker' && this.#options.beside === null ? await makeMovedClock() : null;
      const post = { role, isBehindWire, clock, holder: await this.#start({ role, isBehindWire, clock }) };
      this.#posts.push(post);
      this.#supervise(post);
    }
  }

  /** Those of ours who reach Redis through the wire only. */
  behindWire(): number[] {
    return this.#posts.filter(({ isBehindWire }) => isBehindWire).map(({ holder }) => holder.pid);
  }

  /** Whether {@link moveClock} can be done to anybody. */
  get canMoveClocks(): boolean {
    return this.#posts.some(({ clock }) => clock !== null);
  }

  /** Moves the clock of a worker, chosen by a number from 0 up to 1, to so far from the true time; returns whose. */
  moveClock(byMs: number, pick: number): number[] {
    const posts = this.#posts.filter(({ clock }) => clock !== null);
    const post = posts[Math.floor(pick * posts.length)];
    post?.clock?.move(byMs);
    return post ? [post.holder.pid] : [];
  }

  /** Sends a signal to one of a role, by a number from 0 up to 1; returns who it was. */
  signal(role: 'worker' | 'producer', signal: NodeJS.Signals, pick: number): number {
    const posts = this.#posts.filter((post) => post.role === role);
    const holder = posts[Math.floor(pick * posts.length)]?.holder;
    if (!holder) throw new Error(`there is no ${role}`);
    if (signal === 'SIGKILL' || signal === 'SIGTERM') this.#dismissed.add(holder.pid);
    holder.kill(signal);
    return holder.pid;
  }

  /** Sends a signal to a process that may have ended. */
  signalTo(pid: number, signal: NodeJS.Signals): void {
    this.#posts.find(({ holder }) => holder.pid === pid)?.holder.kill(signal);
  }

  /** Has producers add to the end what they began; resolves when all are done. */
  async endTraffic(): Promise<void> {
    this.#isEnding = true;
    const producers = this.#posts.filter(({ role }) => role === 'producer');
    for (const { role, holder } of this.#posts) if (role === 'stock') holder.kill('SIGUSR2');
    await Promise.all(producers.map(({ holder }) => holder.stop()));
  }

  /** Ends all in order. */
  async close(): Promise<void> {
    this.#isClosing = true;
    for (const { holder } of this.#posts) this.#dismissed.add(holder.pid);
    await Promise.all(this.#posts.map(({ holder }) => holder.stop()));
    this.#file.close();
  }

  /** Has one more worker keep house for a while, when all have left: the killed could not clean up. */
  async keepHouse(forMs: number): Promise<void> {
    const keeper = await this.#start({ role: 'worker', isBehindWire: false, clock: null });
    try {
      await keeper.waitForLine(/^ready$/);
      await lasts(forMs);
      await keeper.stop();
    } finally {
      keeper.kill('SIGKILL');
    }
  }

  /** Ends all at once, also those that are stopped. Harmless twice. */
  async kill(): Promise<void> {
    this.#isClosing = true;
    for (const { holder } of this.#posts) this.#dismissed.add(holder.pid);
    for (const { holder } of this.#posts) holder.kill('SIGKILL');
    await Promise.all(this.#posts.map(({ holder }) => holder.exit));
    await Promise.all(this.#posts.map(({ clock }) => clock?.remove()));
  }

  async #start({ role, isBehindWire, clock }: Omit<Post, 'holder'>): Promise<SpecProcess> {
    const { engine, url, wireUrl, prefix, folder, seed, everyMs, beside, replicas } = this.#options;
    const program = role === 'stock' ? STOCK_PROGRAM : engineRule(engine).programs[role];
    const name = `${role}-${this.#hired++}`;
    const env = {
      ...clock?.env,
      ENGINE: engine,
      QUEUE: RIVAL_QUEUE,
      TRUE_ZERO_MS: String(TRUE_ZERO_MS),
      REDIS_URL: isBehindWire ? wireUrl : url,
      QUEUE_PREFIX: prefix,
      NAME: name,
      SEED: String(seed + this.#hired),
      REPLICAS: String(replicas),
      EVERY_MS: String(role === 'stock' ? STOCK_EVERY_MS : everyMs),
      EVIDENCE: join(folder, `${name}.ndjson`),
    };
    if (beside === null || role === 'stock' || this.#hired % 2 === 0) return startProgram(program, env);
    return startCommand(process.execPath, [...RUNS_TYPESCRIPT, join(beside, program)], env, beside);
  }

  /** Replaces whoever has ended, and tells of an end that nobody asked for. */
  #supervise(post: Post): void {
    const { holder, role } = post;
    holder.exit.then(async ({ code, signal }) => {
      const isAsked = this.#dismissed.has(holder.pid) || code === EXIT_IN_HANDLER;
      // Whoever was hired last may not listen for SIGTERM yet when all are told to go.
      const isOver = this.#isClosing || (this.#isEnding && role !== 'worker');
      const isInOrder = isOver && (code === 0 || signal === 'SIGTERM');
      if (!isAsked && !isInOrder) {
        const said = [`code ${code}, signal ${signal}`, ...holder.stderr.slice(-SAID_LINES)].join('\n');
        this.#file.write({ fact: 'crashed', at: trueNow(), who: role, pid: holder.pid, said });
      }
      // A worker that ends while the rest is worked off is replaced like any other.
      if (isOver) return;
      post.holder = await this.#start(post);
      this.#supervise(post);
    });
  }
}
