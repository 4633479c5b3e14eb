import type { ActiveJob } from '../engine/pump/active-job.ts';
import type { StoredOnce } from '../engine/record/record.ts';
import { ApiaryError, coerceError } from '../errors.ts';
import { isLabel, LABEL_RULE } from '../names.ts';
import { attemptEnded, claimLost } from './lost-claim.ts';

/** How many effects a job keeps, and how long their results as JSON may be, in characters. */
const MOST_KEYS = 100;
const MOST_RESULT_LENGTH = 16_384;

/**
 * The effects of a job that are not to be repeated, kept in its record over all attempts: each is done by the first
 * that asks for it, and its result is what all later ones get.
 */
export class OnceLedger {
  readonly #job: ActiveJob;
  readonly #underWay = new Map<string, Promise<unknown>>();
  #hasEnded = false;

  constructor(job: ActiveJob) {
    this.#job = job;
  }

  /** Does what is not recorded under the key and records it; rejects when it throws or cannot be recorded. */
  async run(key: string, effect: () => unknown): Promise<unknown> {
    this.#requireOurs();
    requireKey(key);
    const known = this.#underWay.get(key);
    if (known) return known;
    const doing = this.#do(key, effect).finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, doing);
    return doing;
  }

  /** Records nothing any more. To be called before the outcome goes to Redis. */
  end(): void {
    this.#hasEnded = true;
  }

  async #do(key: string, effect: () => unknown): Promise<unknown> {
    const recorded = this.#entries();
    const known = Object.hasOwn(recorded, key) ? recorded[key] : undefined;
    if (known) return structuredClone(known.result);
    this.#requireRoom(key);
    // A worker that was stopped may come back long after its lease, and not know yet.
    if (!(await this.#job.isHeld())) throw claimLost(this.#job.id);
    const entry = { at: this.#job.now(), ...toResult(key, await effect()) };
    this.#requireOurs();
    this.#job.editRecord().options.once = { ...this.#entries(), [key]: entry };
    if (!(await this.#job.storeRecord())) throw claimLost(this.#job.id);
    return structuredClone(entry.result);
  }

  #entries(): Record<string, StoredOnce> {
    return this.#job.record.options.once ?? {};
  }

  #requireRoom(key: string): void {
    // Those under way count, as this one does.
    const keys = new Set([...Object.keys(this.#entries()), ...this.#underWay.keys(), key]);
    if (keys.size > MOST_KEYS)
      throw refusal(`once: a job keeps at most ${MOST_KEYS} keys, and ${key} is one more`);
  }

  #requireOurs(): void {
    if (this.#hasEnded) throw attemptEnded(this.#job.id);
    if (!this.#job.isOurs) throw claimLost(this.#job.id);
  }
}

function requireKey(key: unknown): void {
  if (!isLabel(key)) throw refusal(`once: a key must be ${LABEL_RULE}`);
}

/** As it will be read again, so that the first attempt sees what later ones see. */
function toResult(key: string, value: unknown): { result?: unknown } {
  if (value === undefined) return {};
  const json = toJson(key, value);
  if (json.length > MOST_RESULT_LENGTH) {
    const limit = `longer than ${MOST_RESULT_LENGTH} characters as JSON`;
    throw refusal(`once: it was done, and is not recorded: the result of ${key} is ${limit}`);
  }
  return { result: JSON.parse(json) };
}

function toJson(key: string, value: unknown): string {
  const refuse = (why: string, cause?: unknown): ApiaryError => {
    const message = `once: it was done, and is not recorded: the result of ${key} ${why}`;
    return new ApiaryError('RESULT_UNSERIALISABLE', message, { cause });
  };
  let json: string | undefined;
  try {
    json = JSON.stringify(value);
  } catch (cause) {
    throw refuse(`cannot be written as JSON: ${coerceError(cause).message}`, cause);
  }
  if (json === undefined) throw refuse(`must be a JSON value, not ${typeof value}`);
  return json;
}

function refusal(message: string): ApiaryError {
  return new ApiaryError('JOB_INVALID', message);
}
