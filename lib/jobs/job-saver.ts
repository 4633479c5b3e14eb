import type { Clock } from '../clock.ts';
import { type JsonText, type NewJob, newJob } from '../engine/record/new-job.ts';
import { fullQueue, type SaveAnswer } from '../engine/store/save-answer.ts';
import type { UniqueKey } from '../engine/unique/unique.ts';
import { ApiaryError } from '../errors.ts';
import type { Keyring } from '../keyring.ts';
import { requireAll, settled } from './add-many.ts';
import type { Added } from './added.ts';
import { joinOf } from './group.ts';
import type { JobStores } from './job-stores.ts';
import type { JobOptions, ResolvedJobOptions } from './options.ts';
import { type Kind, type Prepared, PreparedOptions } from './prepared-options.ts';
import { writeCarrierOptions } from './stored-options.ts';

/** What storing jobs works with. */
export interface JobSaverDeps {
  clock: Clock;
  stores: JobStores;
  /** Told of each job that was created here, after it is stored. */
  onCreated: (job: Added) => void;
  /** By what jobs are encrypted; null for nothing. */
  keyring: Keyring | null;
}

/** A job that was found right in all. */
export interface ReadyJob {
  kind: Kind;
  job: NewJob;
  resolved: ResolvedJobOptions;
}

/** Stores jobs whose data were found right, by the way that their options ask for, and answers what became of them. */
export class JobSaver {
  readonly #deps: JobSaverDeps;
  readonly #prepared: PreparedOptions;

  /** The name is kept with each job; null for none. */
  constructor(deps: JobSaverDeps, name: string | null) {
    this.#deps = deps;
    this.#prepared = new PreparedOptions(deps.clock, name, deps.keyring);
  }

  /** Stores one job. Throws JOB_INVALID for options that are not right. */
  saveOne(kind: Kind, data: JsonText, options: JobOptions): Promise<Added> {
    return this.save(this.ready(kind, data, options));
  }

  /** Checks the options of a job. Throws JOB_INVALID. */
  ready(kind: Kind, data: JsonText, options: JobOptions): ReadyJob {
    const { id, written, resolved } = this.#prepared.of(kind, options);
    const job = newJob(this.#deps.clock, { id, data, ending: written.ending, start: written.start });
    return { kind, job, resolved };
  }

  /** Stores one job that was found right. */
  save({ kind, job, resolved }: ReadyJob): Promise<Added> {
    if (resolved.unique) return this.#saveUnique(kind, job, resolved.unique, resolved);
    if (resolved.group !== null)
      return this.#saveGrouped(kind, [job], resolved).then(
        ([added]) => added ?? this.#answer(kind, job, false),
      );
    return this.#deps.stores
      .of(kind.queue)
      .saveOne(job, (created) => this.#answer(kind, job, created), resolved);
  }

  /** Checks and writes out options that many jobs share. Throws JOB_INVALID. */
  prepare(kind: Kind, options: JobOptions): Prepared {
    return this.#prepared.of(kind, options);
  }

  /** Stores jobs of one kind that share their options. */
  async saveAlike(kind: Kind, texts: readonly JsonText[], { written, resolved }: Prepared): Promise<Added[]> {
    const { clock, stores } = this.#deps;
    const write = (one: JsonText): NewJob =>
      newJob(clock, { id: null, data: one, ending: written.ending, start: written.start });
    const { unique } = resolved;
    if (resolved.group !== null) return this.#saveGrouped(kind, texts.map(write), resolved);
    if (unique)
      return requireAll(
        await settled(texts.map((one) => this.#saveUnique(kind, write(one), unique, resolved))),
      );
    const jobs: NewJob[] = [];
    const writing = function* (): Iterable<NewJob> {
      for (const one of texts) {
        const job = write(one);
        jobs.push(job);
        yield job;
      }
    };
    const answers = await stores.of(kind.queue).saveEach(writing(), resolved);
    return requireAll(jobs.map((job, at) => this.#answerOrError(kind, job, answers[at])));
  }

  async #saveUnique(
    kind: Kind,
    job: NewJob,
    unique: UniqueKey,
    placing: { key: string | null },
  ): Promise<Added> {
    const { type, queue } = kind;
    const saved = await this.#deps.stores.of(queue).saveUnique(job, unique, placing);
    if (saved.outcome === 'created') {
      const answer: Added = { id: saved.id, queue, type, created: true, state: saved.state };
      this.#deps.onCreated(answer);
      return answer;
    }
    if (saved.outcome === 'full') throw fullQueue();
    if (saved.outcome === 'existed') return this.#answer(kind, job, false);
    const { outcome, id } = saved;
    if (outcome === 'held' && unique.onConflict === 'reject') {
      throw new ApiaryError('JOB_EXISTS', `job ${id} of queue ${queue} holds the unique key ${unique.key}`);
    }
    const answer: Added = { id, queue, type, created: false, state: null };
    return outcome === 'replaced' ? { ...answer, replaced: true } : answer;
  }

  /** Answers each job in order, so the answer to one is there. */
  async #saveGrouped(kind: Kind, jobs: readonly NewJob[], resolved: ResolvedJobOptions): Promise<Added[]> {
    const carrierOptions = writeCarrierOptions(kind.type, resolved);
    const join = joinOf(kind, { name: resolved.group ?? '', carrierOptions });
    const created = await this.#deps.stores.of(kind.queue).saveGrouped(jobs, join);
    return jobs.map((job, at) => this.#answer(kind, job, created[at] ?? false));
  }

  #answerOrError(kind: Kind, job: NewJob, answer: SaveAnswer = false): Added | Error {
    return answer instanceof Error ? answer : this.#answer(kind, job, answer);
  }

  #answer({ type, queue }: Kind, { id, start, isOwnId }: NewJob, created: boolean): Added {
    // An id that was made here is there because this very add was sent before, and its reply lost.
    if (!created && !isOwnId) return { id, queue, type, created: false, state: null };
    const answer: Added = { id, queue, type, created: true, state: start === '' ? 'waiting' : 'delayed' };
    this.#deps.onCreated(answer);
    return answer;
  }
}
