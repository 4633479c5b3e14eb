import { isReady } from '../../redis/connect.ts';
import type { NewJob } from '../record/new-job.ts';
import type { RedisClient } from '../scripts.ts';
import { tell, toldError } from '../tell-callers.ts';
import { UnderWay } from '../under-way.ts';
import { answerAt, type SaveAnswer } from './save-answer.ts';

/** A single job that waits to go with others, and whom to tell. */
export interface Gathered {
  job: NewJob;
  tell: (created: boolean) => void;
  fail: (error: unknown) => void;
}

/** What stores the jobs of one queue. */
export interface JobSender {
  /** By one command, which it sends before it returns; resolves with what `store.lua` returns. */
  send(jobs: readonly NewJob[]): Promise<number[]>;
  /** Stores one in another way, and holds the line meanwhile, where this one is out of date by now; else null. */
  instead(job: NewJob): Promise<SaveAnswer[]> | null;
  /** What became of them elsewhere, where the error says that they belong there, else null. It never rejects. */
  elsewhere(error: unknown, jobs: readonly NewJob[]): Promise<SaveAnswer[]> | null;
}

/** What was gathered for one queue. */
interface Gathering {
  sender: JobSender;
  jobs: Gathered[];
}

/** How many single jobs go in one call: the first are in Redis while the others are still being added. */
const GATHER_CHUNK = 50;

const outboxes = new WeakMap<RedisClient, Outbox>();

/** The outbox of a connection; whoever sends over the connection shares it. */
export function outboxOf(client: RedisClient): Outbox {
  const known = outboxes.get(client);
  if (known) return known;
  const made = new Outbox(client);
  outboxes.set(client, made);
  return made;
}

/**
 * Keeps what is sent over one connection in the order of the calls. Single jobs are gathered for the running callback
 * or, while others are on their way, for a turn of the event loop; whatever else is sent over the connection, by us or
 * by the owner of the client, is preceded by what was gathered before it. ioredis keeps the order of commands from
 * there on, over a reconnect as well.
 */
export class Outbox {
  readonly #client: RedisClient;
  readonly #underWay = new UnderWay();
  #gathered = new Map<string, Gathering>();
  /** How many calls with gathered jobs have no answer yet. */
  #sentCount = 0;
  #isPlanned = false;
  #sendingAgain: Promise<unknown> = Promise.resolve();
  /** How many hold the line. */
  #holders = 0;
  #line: (() => void)[] = [];

  constructor(client: RedisClient) {
    this.#client = client;
    // Redis and Cluster declare it differently; what one of them does not take, it is not given.
    const send = client.sendCommand.bind(client) as (...args: unknown[]) => unknown;
    // Every command passes here, built in or ours, alone or in a pipeline, so that none can forget what was gathered.
    Object.defineProperty(client, 'sendCommand', {
      configurable: true,
      writable: true,
      value: (command: unknown, stream: unknown, node: unknown): unknown => {
        if (this.#gathered.size > 0) this.flush();
        return send(command, stream, node);
      },
    });
  }

  /** Keeps a job to be sent with others of its queue, which goes by the name of one of its keys. */
  gather(queue: string, sender: JobSender, one: Gathered): void {
    if (this.#holders > 0) this.#gatherInLine(queue, sender, one);
    else this.#gather(queue, sender, one);
  }

  /** Sends what was gathered. */
  flush(): void {
    if (this.#gathered.size === 0) return;
    const all = this.#gathered;
    this.#gathered = new Map();
    for (const one of all.values()) this.#send(one);
  }

  /** Makes a call whose first command is sent before it returns; at once, unless the line is held. */
  inOrder<T>(call: () => Promise<T>): Promise<T> {
    const called = this.#holders > 0 ? this.#inLine(call) : call();
    return tell(this.#client, this.#underWay.add(called));
  }

  /**
   * The same for a call that sends commands one after the other: it holds the line, so that the calls that come after
   * it are made when it has ended. It must not call this outbox.
   */
  hold<T>(call: () => Promise<T>): Promise<T> {
    return this.inOrder(() => this.#hold(call));
  }

  /** The same for a call that goes on with one that is made in order already, whoever holds the line besides. */
  holdOn<T>(call: () => Promise<T>): Promise<T> {
    return this.#hold(call);
  }

  /**
   * Makes a call that sends again what was sent before, and so goes ahead of all that waits in the line, also where
   * that is held already; one such call after the other, and the line is held meanwhile. It must not call this outbox.
   */
  again<T>(call: () => Promise<T>): Promise<T> {
    return this.#hold(() => {
      const called = this.#sendingAgain.then(call);
      this.#sendingAgain = called.catch(() => undefined);
      return called;
    });
  }

  /** Sends what was gathered; resolves when all that was under way has ended. */
  async ended(): Promise<void> {
    this.flush();
    await this.#underWay.ended();
  }

  #gather(queue: string, sender: JobSender, one: Gathered): void {
    const gathering = this.#gathered.get(queue);
    if (!gathering) {
      this.#gathered.set(queue, { sender, jobs: [one] });
      this.#plan();
    } else if (gathering.jobs.push(one) === GATHER_CHUNK) {
      this.#gathered.delete(queue);
      this.#send(gathering);
    }
  }

  #gatherInLine(queue: string, sender: JobSender, { job, tell, fail }: Gathered): void {
    const told = new Promise<void>((settle) => {
      const one: Gathered = {
        job,
        tell: (created) => settle(tell(created)),
        fail: (error) => settle(fail(error)),
      };
      this.#line.push(() => {
        const instead = sender.instead(job);
        if (instead) instead.then((answers) => tellEach([one], answers));
        else this.#gather(queue, sender, one);
      });
    });
    this.#underWay.add(told);
  }

  #plan(): void {
    if (this.#client.options.enableAutoPipelining) {
      // ioredis gathers what follows by itself, and tells of it here only when it sends that.
      this.flush();
    } else if (!isReady(this.#client) || this.#sentCount === 0) {
      // What waits for the connection is sent in one go when that is there: what was still here would go ahead of it.
      // And while none is on its way, waiting gains nothing: what is added meanwhile goes together.
      process.nextTick(this.#flushPlanned);
    } else if (!this.#isPlanned) {
      this.#isPlanned = true;
      setImmediate(this.#flushPlanned);
    }
  }

  readonly #flushPlanned = (): void => {
    this.#isPlanned = false;
    this.flush();
  };

  #send({ sender, jobs }: Gathering): void {
    this.#sentCount++;
    const all = jobs.map(({ job }) => job);
    const sent = sender.send(all).then(
      (reply) => {
        this.#sentCount--;
        let place = 0;
        for (const { tell, fail } of jobs) {
          const answer = answerAt(reply, ++place);
          if (typeof answer === 'boolean') tell(answer);
          else fail(answer);
        }
      },
      (error: unknown) => {
        this.#sentCount--;
        const elsewhere = sender.elsewhere(error, all);
        if (elsewhere) return elsewhere.then((answers) => tellEach(jobs, answers));
        const told = toldError(this.#client, error);
        for (const { fail } of jobs) fail(told);
        return undefined;
      },
    );
    this.#underWay.add(sent);
  }

  #inLine<T>(call: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      // In an async function, so that what it throws at once reaches its caller and not the line.
      this.#line.push(() => (async () => call())().then(resolve, reject));
    });
  }

  async #hold<T>(call: () => Promise<T>): Promise<T> {
    this.#holders++;
    try {
      return await call();
    } finally {
      this.#holders--;
      if (this.#holders === 0) this.#goOn();
    }
  }

  #goOn(): void {
    const line = this.#line;
    this.#line = [];
    for (const [at, call] of line.entries()) {
      if (this.#holders > 0) {
        this.#line = [...line.slice(at), ...this.#line];
        return;
      }
      call();
    }
  }
}

function tellEach(jobs: readonly Gathered[], answers: readonly SaveAnswer[]): void {
  for (const [at, { tell, fail }] of jobs.entries()) {
    const answer = answers[at] ?? false;
    if (typeof answer === 'boolean') tell(answer);
    else fail(answer);
  }
}
