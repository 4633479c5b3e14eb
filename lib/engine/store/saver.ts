import { coerceError } from '../../errors.ts';
import type { QueueKeys } from '../keys.ts';
import type { NewJob } from '../record/new-job.ts';
import { type RedisClient, runScript } from '../scripts.ts';
import { toldError } from '../tell-callers.ts';
import { saveUnique, type UniqueKey, type UniqueSaved } from '../unique/unique.ts';
import { type JobSender, type Outbox, outboxOf } from './outbox.ts';
import { ANYWHERE, PLAIN_ROUTE, type Route, type Turn, toldShards } from './route.ts';
import { answerAt, type SaveAnswer } from './save-answer.ts';
import { chunksOf, saveArgs } from './save-args.ts';

/** How many calls are under way at most. */
const CHUNKS_AHEAD = 16;

/** What stores new jobs in one queue, in the order of the calls over one connection. */
export class Saver {
  protected readonly client: RedisClient;
  protected readonly keys: QueueKeys;
  protected readonly outbox: Outbox;
  readonly #route: Route;
  readonly #sender: JobSender = {
    send: (jobs) => this.#send(jobs, this.#route.mark),
    elsewhere: (error, jobs) => this.#elsewhere(error, jobs),
    instead: (job) => (this.#route.anew?.isPast() ? this.#instead([job], '') : null),
  };

  constructor(client: RedisClient, keys: QueueKeys, route = PLAIN_ROUTE) {
    this.client = client;
    this.keys = keys;
    this.outbox = outboxOf(client);
    this.#route = route;
  }

  /**
   * Stores jobs, some hundred per call of the script; resolves with true for each that was created and false for each
   * whose id existed. Jobs may be written out as they are asked for: Redis works on those before them meanwhile.
   */
  async save(jobs: Iterable<NewJob>): Promise<boolean[]> {
    const answers = await this.saveEach(jobs);
    if (answers.every((answer) => typeof answer === 'boolean')) return answers;
    throw answers.find((answer) => answer instanceof Error);
  }

  /**
   * The same, but where a call fails, its error stands in the place of each job that it was to store; where the queue
   * is full, QUEUE_FULL in the place of each for which there was no room.
   */
  saveEach(jobs: Iterable<NewJob>): Promise<SaveAnswer[]> {
    const only: NewJob | undefined = Array.isArray(jobs) && jobs.length === 1 ? jobs[0] : undefined;
    if (only) return this.saveOne(only, (created) => [created]).catch((error) => [coerceError(error)]);
    return this.outbox.inOrder(() => this.#save(chunksOf(jobs)));
  }

  async #save(chunks: Iterator<NewJob[]>): Promise<SaveAnswer[]> {
    const sent: Promise<SaveAnswer[]>[] = [];
    for (let next = chunks.next(); !next.done; next = chunks.next()) {
      sent.push(this.#sendEach(next.value));
      if (sent.length === CHUNKS_AHEAD) return this.outbox.holdOn(() => this.#savePaced(chunks, sent));
    }
    return (await Promise.all(sent)).flat();
  }

  /** So many that they are not all written at once: the event loop has others to serve. */
  async #savePaced(chunks: Iterator<NewJob[]>, sent: Promise<SaveAnswer[]>[]): Promise<SaveAnswer[]> {
    for (let next = chunks.next(); !next.done; next = chunks.next()) {
      await sent[sent.length - CHUNKS_AHEAD];
      sent.push(this.#sendEach(next.value));
    }
    return (await Promise.all(sent)).flat();
  }

  async #sendEach(jobs: readonly NewJob[], mark = this.#route.mark): Promise<SaveAnswer[]> {
    if (this.#route.anew?.isPast()) return this.#instead(jobs, '');
    try {
      const reply = await this.#send(jobs, mark);
      return jobs.map((_job, at) => answerAt(reply, at + 1));
    } catch (error) {
      return this.#elsewhere(error, jobs) ?? this.#failed(error, jobs);
    }
  }

  #failed(error: unknown, jobs: readonly NewJob[]): SaveAnswer[] {
    const told = coerceError(toldError(this.client, error));
    return jobs.map(() => told);
  }

  /**
   * Has jobs that the queue did not store for its shards placed anew, ahead of all that is called from now on; null
   * where the error is another.
   */
  #elsewhere(error: unknown, jobs: readonly NewJob[]): Promise<SaveAnswer[]> | null {
    const told = toldShards(error);
    if (told === null) return null;
    return this.#instead(jobs, told);
  }

  async #instead(jobs: readonly NewJob[], told: string): Promise<SaveAnswer[]> {
    try {
      return await this.#again(() => this.#placeAnew(jobs, told));
    } catch (error) {
      return this.#failed(error, jobs);
    }
  }

  #placeAnew(jobs: readonly NewJob[], told: string): Promise<SaveAnswer[]> {
    const { anew } = this.#route;
    return anew ? anew.jobs(told, jobs) : this.#sendEach(jobs, ANYWHERE);
  }

  /** Holds the line until all that was sent here before is answered too: it may have to be placed anew likewise. */
  #again<T>(call: () => Promise<T>): Promise<T> {
    return this.outbox.again(async () => {
      const [answer] = await Promise.all([call(), this.client.exists(this.keys.jobs).catch(() => undefined)]);
      return answer;
    });
  }

  /**
   * As `saveEach`, for who holds the line: jobs that one call stores. Where the line is held for what is sent again,
   * nothing of that waits for itself.
   */
  async saveNow(jobs: readonly NewJob[], turn: Turn): Promise<SaveAnswer[]> {
    if (turn === 'held') return this.#sendEach(jobs);
    try {
      const reply = await this.#send(jobs, this.#route.mark);
      return jobs.map((_job, at) => answerAt(reply, at + 1));
    } catch (error) {
      const told = toldShards(error);
      if (told === null) return this.#failed(error, jobs);
      return this.#placeAnew(jobs, told);
    }
  }

  /**
   * Stores one job, together with others that are added with it, see {@link Outbox}; resolves with what `answer` makes
   * of it.
   */
  saveOne<T>(job: NewJob, answer: (created: boolean) => T): Promise<T> {
    return new Promise((resolve, fail) => {
      this.outbox.gather(this.keys.jobs, this.#sender, {
        job,
        tell: (created) => resolve(answer(created)),
        fail,
      });
    });
  }

  /** Stores one job under a unique key, or does what is wanted where another job holds it. */
  saveUnique(job: NewJob, unique: UniqueKey): Promise<UniqueSaved> {
    return this.outbox.inOrder(() => this.#saveUnique(job, unique));
  }

  async #saveUnique(job: NewJob, unique: UniqueKey): Promise<UniqueSaved> {
    const { mark, anew } = this.#route;
    if (anew?.isPast()) return this.#again(() => anew.unique('', job, unique));
    try {
      return await this.#sendUnique(job, unique, mark);
    } catch (error) {
      const told = toldShards(error);
      if (told === null) throw error;
      return this.#again(() => this.#placeUnique(job, unique, told));
    }
  }

  /** As `saveUnique`, likewise. */
  async saveUniqueNow(job: NewJob, unique: UniqueKey, turn: Turn): Promise<UniqueSaved> {
    if (turn === 'held') return this.#saveUnique(job, unique);
    try {
      return await this.#sendUnique(job, unique, this.#route.mark);
    } catch (error) {
      const told = toldShards(error);
      if (told === null) throw error;
      return this.#placeUnique(job, unique, told);
    }
  }

  #placeUnique(job: NewJob, unique: UniqueKey, told: string): Promise<UniqueSaved> {
    const { anew } = this.#route;
    return anew ? anew.unique(told, job, unique) : this.#sendUnique(job, unique, ANYWHERE);
  }

  /** Stores a job after a look that may refuse it; what is called meanwhile comes behind it. */
  async saveAfter(look: () => Promise<void>, job: NewJob): Promise<boolean> {
    const [answer = false] = await this.outbox.hold(async () => {
      await look();
      return this.#sendEach([job]);
    });
    if (answer instanceof Error) throw answer;
    return answer;
  }

  #send(jobs: readonly NewJob[], mark: string): Promise<number[]> {
    const rest = saveArgs(jobs, this.keys, mark);
    const sent = runScript(this.client, { script: 'save', queue: this.keys, rest });
    const { isThere } = this.#route;
    return isThere ? sent.then((reply) => tellEach(reply, jobs, isThere)) : sent;
  }

  /** As many turns as {@link #send} takes: what both are told at a time must be known in the order of the calls. */
  #sendUnique(job: NewJob, unique: UniqueKey, mark: string): Promise<UniqueSaved> {
    const sent = saveUnique(this.deps, job, unique, mark);
    const { isThere } = this.#route;
    return isThere ? sent.then((saved) => tellOne(saved, isThere)) : sent;
  }

  protected get deps(): { client: RedisClient; keys: QueueKeys } {
    return { client: this.client, keys: this.keys };
  }
}

function tellOne(saved: UniqueSaved, isThere: (id: string) => void): UniqueSaved {
  isThere(saved.id);
  return saved;
}

function tellEach(reply: number[], jobs: readonly NewJob[], isThere: (id: string) => void): number[] {
  for (const { id } of jobs) isThere(id);
  return reply;
}
