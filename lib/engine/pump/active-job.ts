import type { ApiaryError } from '../../errors.ts';
import type { SplitJob } from '../groups/group-split.ts';
import { readOwn } from '../own-json.ts';
import { type JobSeal, openDataText, type Sealing, sealJson } from '../record/private.ts';
import { type JobRecord, type Opening, readData, rewriteRecord } from '../record/record.ts';
import type { Taken } from '../session/taken.ts';
import type { KeptSignals } from '../signals/kept-signals.ts';
import { type AbortReason, abortError } from './abort-error.ts';
import type { JobHold } from './job-hold.ts';
import { guardedController } from './job-signal.ts';
import { openTaken, storable } from './opened-job.ts';
import { progressJson } from './progress-json.ts';

export type { AbortReason } from './abort-error.ts';

/** A job that this process is running. */
export class ActiveJob {
  readonly queue: string;
  readonly id: string;
  /**
   * The job as it was read. Only {@link editRecord} changes it. The handler is given its data and may do with them what
   * it likes: what is stored is cut out of {@link text}, where {@link readData} reads it anew.
   */
  readonly record: JobRecord;
  /** False when the stored record is gone or unreadable. */
  readonly readable: boolean;
  /** The name of the claim on it, where that has one. */
  readonly claimName: string | undefined;
  /** Why it cannot be run: it is encrypted and cannot be opened here; else null. */
  readonly refusal: ApiaryError | null;
  /** Seals what is private of it; null where it is not encrypted, or cannot be opened. */
  readonly seal: JobSeal | null;
  /** 1 for the first run of the job. */
  readonly attempt: number;
  /** Its index among the jobs that its lane holds, see `HeldJobs`; -1 when it is not there. */
  place = -1;
  /** Its shelf in {@link JobsById}, and the next job there. */
  shelf = 0;
  behind: ActiveJob | null = null;
  readonly #session: JobHold;
  readonly #incarnation: string;
  #controller: AbortController | null = null;
  #abortReason: AbortReason | null = null;
  #cancelReason: string | null = null;
  #abortedAt: number | null = null;
  #text: string | null;
  #isHandedOver = false;
  #opening: Opening | null;
  #begunAt: number | null = null;
  #startedAt: number | null = null;
  #hasEnded = false;
  #lingering: Promise<void> | null = null;

  constructor(queue: string, taken: Taken, session: JobHold) {
    this.queue = queue;
    this.id = taken.id;
    this.record = taken.record;
    this.readable = taken.readable;
    this.claimName = taken.claimName;
    const made = Number(taken.record.options.run?.[0] ?? 0);
    // Another program may have stored anything there.
    this.attempt = Number.isSafeInteger(made) ? made + 1 : 1;
    this.#session = session;
    this.#text = taken.text;
    this.#opening = taken.opening;
    this.#incarnation = session.incarnation;
    ({ seal: this.seal, refusal: this.refusal } = openTaken(taken, session.sealing));
  }

  /** The name of its type: a job without one belongs to the handler named like its queue. */
  get type(): string {
    return this.record.options.type ?? this.queue;
  }

  /** When the attempt began, epoch milliseconds by Redis's clock; of one that did not run here, the time of asking. */
  get startedAt(): number {
    if (this.#begunAt === null) return this.#session.now();
    // Once and for all: it is asked for several times, and a later reply might tell the time of Redis otherwise.
    this.#startedAt ??= this.#session.timeAt(this.#begunAt);
    return this.#startedAt;
  }

  /** Epoch milliseconds by Redis's clock. */
  now(): number {
    return this.#session.now();
  }

  /** Whether the attempt has begun here and not ended. */
  get isRunning(): boolean {
    return this.#begunAt !== null && !this.#hasEnded;
  }

  /** Whether the attempt had begun at this moment of the clock's growing time. */
  hasRunSince(elapsedMs: number): boolean {
    return this.#begunAt !== null && this.#begunAt <= elapsedMs;
  }

  /** Takes note that the attempt begins now, which the clock's growing time says. */
  begin(elapsedMs: number): void {
    this.#begunAt = elapsedMs;
  }

  /** Whether the attempt has ended, settled or not. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Takes note that the attempt has ended. */
  end(): void {
    this.#hasEnded = true;
  }

  /** Takes note that its handler outlives the attempt, and keeps the slot until this resolves. */
  linger(until: Promise<void>): void {
    this.#lingering = until;
  }

  /**
   * Resolves when a handler that outlives its attempt has ended, or is left to itself; null for one that does not
   * outlive it.
   */
  get lingering(): Promise<void> | null {
    return this.#lingering;
  }

  /** What is stored, cut open, when nothing has happened to the job yet; else null. */
  get opening(): Opening | null {
    return this.#opening;
  }

  /** The stored record as it is written; null when it is not readable, and after {@link handOver}. */
  get text(): string | null {
    return this.#isHandedOver ? null : this.#text;
  }

  /**
   * The stored record as it was read or written last, whoever has what was made of it; null when it is not readable.
   */
  get storedText(): string | null {
    return this.#text;
  }

  /** Reads the data as they are stored, for whoever judges the job after its handler has had them. */
  readData(): unknown {
    if (this.#text === null) return this.record.data;
    const data = readData(this.#text);
    return this.seal ? readOwn<unknown>(openDataText(this.seal, data)) : data;
  }

  /**
   * Hands the record out to be written to: what is in it then, but for the data, is stored with the end of the
   * attempt.
   */
  editRecord(): JobRecord {
    this.#opening = null;
    return this.record;
  }

  /** Hands the record over with its data: whatever is in them at the end of the attempt is stored, as in bee-queue. */
  handOver(): JobRecord {
    this.#isHandedOver = true;
    return this.editRecord();
  }

  /** Aborts when the job is to stop. Made on first use: most handlers never look at it. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = guardedController();
      if (this.#abortReason)
        this.#controller.abort(abortError(this.id, this.#abortReason, this.#cancelReason));
    }
    return this.#controller.signal;
  }

  /** Why the job was told to stop, or null. */
  get abortReason(): AbortReason | null {
    return this.#abortReason;
  }

  /** When the job was told to stop, epoch milliseconds by Redis's clock, or null. */
  get abortedAt(): number | null {
    return this.#abortedAt;
  }

  /** Why it was cancelled, in the words of who did it; null where they said nothing. */
  get cancelReason(): string | null {
    return this.#cancelReason;
  }

  /** Tells the job to stop, as it was cancelled, for this reason if one was said. */
  cancel(reason: string | null): void {
    if (!this.#abortReason) this.#cancelReason = reason;
    this.abort('cancelled');
  }

  /** Tells the job to stop; the first reason stays. */
  abort(reason: AbortReason): void {
    if (this.#abortReason) return;
    this.#abortReason = reason;
    this.#abortedAt = this.#session.now();
    this.#controller?.abort(abortError(this.id, reason, this.#cancelReason));
  }

  /**
   * Stores progress, readable from any process; resolves with false when the claim is gone, rejects when it cannot be
   * JSON.
   */
  async progress(value: unknown): Promise<boolean> {
    // Read back from its text: the value stays the handler's, who may go on to change it.
    const progress: unknown = JSON.parse(progressJson(value));
    const record = this.editRecord();
    record.progress = progress;
    if (!this.#mayStore) return false;
    return this.#session.progress(this.id, storable(this.seal, record), this.text);
  }

  /**
   * Stores the record as it is now, without a word; resolves with false when the claim is gone, rejects when it cannot
   * be JSON.
   */
  async storeRecord(): Promise<boolean> {
    if (!this.#mayStore) return false;
    return this.#session.storeRecord(this.id, storable(this.seal, this.record), this.text);
  }

  /**
   * Stores other data, as JSON, which is what everybody reads from now on; resolves with false when the claim is gone.
   * The data in {@link record} stay as the handler was given them.
   */
  async replaceData(json: string): Promise<boolean> {
    if (!this.#mayStore) return false;
    const data = this.seal ? sealJson(this.seal, 'data', json) : json;
    const stored = storable(this.seal, this.editRecord());
    const text = rewriteRecord(`{"data":${data}}`, stored);
    // At once: what is stored beside it, such as a line of the log, must not bring the old ones back.
    this.#text = text;
    return this.#session.storeRecord(this.id, stored, text);
  }

  /** Whether the claim is still there, as Redis has it. */
  async isHeld(): Promise<boolean> {
    return this.#mayStore && this.#session.holds(this.id);
  }

  /** A number greater than all that the queue has given to running jobs before; null when the claim is gone. */
  async fencingNumber(): Promise<number | null> {
    return this.#mayStore ? this.#session.fencingNumber(this.id) : null;
  }

  /** The signals that the job has been given, and the time; null when the claim is gone. */
  async signals(): Promise<KeptSignals | null> {
    return this.#mayStore ? this.#session.signalsOf(this.id, this.record.options) : null;
  }

  /** Whether the step that ends this job could store one in that queue too. */
  reaches(queue: string): boolean {
    return queue === this.queue || !this.#session.isCluster;
  }

  /**
   * Lets jobs out of this carrier fail by themselves, and goes on with `rest`, each as JSON; resolves with false when
   * the claim is gone.
   */
  async split(jobs: readonly SplitJob[], rest: readonly string[]): Promise<boolean> {
    const { options } = this.record;
    const group = options.group && { ...options.group, size: rest.length };
    const edited = { ...options, ...(group && { group }) };
    const stored = storable(this.seal, { ...this.record, options: edited });
    const record = rewriteRecord(`{"data":[${rest.join(',')}]}`, stored);
    if (!this.#mayStore) return false;
    if (!(await this.#session.split({ id: this.id, record, jobs }))) return false;
    // Not before Redis has it: what is in the record is stored with the end of the attempt.
    this.editRecord().options = edited;
    this.#text = record;
    return true;
  }

  /** Where its queue is, with the keys by which what is private of jobs is sealed. */
  get sealing(): Sealing {
    return this.#session.sealing;
  }

  /** True as long as the session still goes by the incarnation that took this job. */
  get isOurs(): boolean {
    return this.#abortReason !== 'lost' && this.#session.incarnation === this.#incarnation;
  }

  /** The claim says no more than the id: once the attempt has ended, it may be that of the next one, taken here too. */
  get #mayStore(): boolean {
    return !this.#hasEnded && this.isOurs;
  }
}
