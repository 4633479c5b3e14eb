import { describeValue } from '../error-facts.ts';
import { ApiaryError } from '../errors.ts';
import { requireDefinition } from '../jobs/define.ts';
import { readMoment } from './duration.ts';
import { type EnqueuedJob, readEnqueued } from './enqueued-jobs.ts';
import type { Kit } from './kit.ts';
import { matches, shownExpected } from './matching.ts';
import { expectAwait, kitOf } from './open-kits.ts';

/** Fails a test. */
export type Fail = (message: string, shown: { actual: unknown; expected: unknown }) => never;

/** What is expected beside the type. */
interface Wanted {
  data?: unknown;
  queue?: string;
  times?: number;
  runAt?: { at: number; toleranceMs: number };
}

/** What is expected of the jobs that a test has added; checked when it is awaited. */
export class EnqueuedExpectation implements PromiseLike<undefined> {
  readonly #kit: Kit;
  readonly #type: string;
  readonly #isNegated: boolean;
  readonly #fail: Fail;
  readonly #awaited: () => void;
  readonly #wanted: Wanted = {};

  /** Throws CONFIG_INVALID for what belongs to no kit. */
  constructor(subject: unknown, definition: unknown, how: { isNegated: boolean; fail: Fail }) {
    requireDefinition(definition);
    this.#kit = requireKit(subject);
    this.#type = definition.type;
    this.#isNegated = how.isNegated;
    this.#fail = how.fail;
    this.#awaited = expectAwait(this.#kit, `to.have.enqueued(…) of type ${definition.type}`);
  }

  /** With such data: the fields named, a function that says whether, or a matcher of sinon. */
  with(data: unknown): this {
    this.#wanted.data = data;
    return this;
  }

  /** Just so often; default once or more. */
  times(count: number): this {
    this.#wanted.times = count;
    return this;
  }

  /** In that queue; default in any. */
  inQueue(queue: string): this {
    this.#wanted.queue = queue;
    return this;
  }

  /** To run at that time, give or take so many ms; default 0. */
  runAt(date: Date | number | string, toleranceMs = 0): this {
    this.#wanted.runAt = { at: readMoment('runAt', date), toleranceMs };
    return this;
  }

  // biome-ignore lint/suspicious/noThenProperty: it is awaited, as what it looks at is in Redis.
  then<Done = undefined, Failed = never>(
    onDone?: ((value: undefined) => Done | PromiseLike<Done>) | null,
    onFailed?: ((reason: unknown) => Failed | PromiseLike<Failed>) | null,
  ): Promise<Done | Failed> {
    this.#awaited();
    return this.#check().then(onDone, onFailed);
  }

  async #check(): Promise<undefined> {
    const all = await readEnqueued(this.#kit);
    const found = all.filter((job) => this.#isWanted(job)).length;
    const { times } = this.#wanted;
    const isAsWanted = times === undefined ? found > 0 : found === times;
    if (isAsWanted !== this.#isNegated) return undefined;
    const actual = all.map(({ type, queue, data, runAt }) => ({ type, queue, data, runAt }));
    return this.#fail(this.#message(found, all), { actual, expected: this.#isNegated ? [] : [this.#shown] });
  }

  #isWanted({ type, queue, data, runAt }: EnqueuedJob): boolean {
    const { queue: inQueue, runAt: at } = this.#wanted;
    if (type !== this.#type || (inQueue !== undefined && queue !== inQueue)) return false;
    if (at && (runAt === null || Math.abs(runAt.getTime() - at.at) > at.toleranceMs)) return false;
    return !('data' in this.#wanted) || matches(this.#wanted.data, data);
  }

  #message(found: number, all: readonly EnqueuedJob[]): string {
    const { times } = this.#wanted;
    const often = times === undefined ? 'at least once' : `${times} times`;
    const what = JSON.stringify(this.#shown);
    const others = all.length === 0 ? 'nothing was enqueued' : `enqueued were ${all.length} jobs, see below`;
    return `expected ${what} ${this.#isNegated ? 'not ' : ''}to be enqueued ${often}, and it was ${found} times; ${others}`;
  }

  get #shown(): Record<string, unknown> {
    const { data, queue, runAt } = this.#wanted;
    return {
      type: this.#type,
      ...(queue !== undefined && { queue }),
      ...('data' in this.#wanted && { data: shownExpected(data) }),
      ...(runAt && { runAt: new Date(runAt.at) }),
    };
  }
}

function requireKit(subject: unknown): Kit {
  const kit = kitOf(subject);
  if (kit) return kit;
  const rule = 'expect(…).to.have.enqueued takes what testApiary(…) gave: the kit or its producer';
  throw new ApiaryError('CONFIG_INVALID', `${rule}, not ${describeValue(subject)}`);
}
