import { AssertionError } from 'node:assert';
import { isDeepStrictEqual } from 'node:util';
import type { EndedAttempt } from '../engine/pump/held-jobs.ts';
import { describeValue } from '../error-facts.ts';
import { ApiaryError } from '../errors.ts';
import type { BoundHandler, JobContext, Middleware } from '../jobs/define.ts';
import { KitClock } from './kit-clock.ts';
import { LoneJob } from './lone-job.ts';
import { requireBound } from './run-job.ts';

/** What `checkIdempotent` takes. */
export interface IdempotentOptions {
  /** Reads what the handler changes outside, for example a row. What it gives is compared, so it must be data. */
  observe: () => unknown;
  /**
   * Called before each way in which the handler is run, to begin anew. Default nothing: then what was done before
   * stays.
   */
  reset?: () => unknown;
  /** The signals that the job has been given: their data by their names. Default none. */
  signals?: Readonly<Record<string, unknown>>;
}

/** Where an attempt is cut off: at which of its calls of `ctx`, before that is done or after. */
interface Cut {
  at: number;
  when: 'before' | 'after';
}

/** The calls of `ctx` that a handler awaits. */
const AWAITED = ['progress', 'once', 'waitFor', 'follow', 'fencingNumber'] as const;
type Awaited = (typeof AWAITED)[number];

/**
 * Checks that a job may run again, as it does when its worker dies: runs the handler once, then twice, then cut off
 * before and after each of its calls of `ctx` and again, and compares what `observe` sees with what it saw after one
 * run. What `ctx.once` has stored is known to the next attempt. Rejects with an AssertionError that names the first
 * difference; with JOB_STATE_FORBIDS when the handler does not succeed by itself.
 */
export async function checkIdempotent(
  handler: BoundHandler,
  data: unknown,
  { observe, reset = () => undefined, signals = {} }: IdempotentOptions,
): Promise<void> {
  requireBound('checkIdempotent', handler);
  if (typeof observe !== 'function')
    throw new ApiaryError(
      'CONFIG_INVALID',
      `checkIdempotent: observe must be a function, not ${describeValue(observe)}`,
    );
  const way = async (cuts: readonly (Cut | null)[]): Promise<{ seen: unknown; calls: string[] }> => {
    await reset();
    const calls = await runAll({ handler, data, cuts, signals });
    return { seen: structuredClone(await observe()), calls };
  };
  const { seen: expected, calls } = await way([null]);
  const compare = async (cut: Cut | null): Promise<void> => {
    const { seen } = await way([cut, null]);
    if (!isDeepStrictEqual(seen, expected)) throw difference(handler, { cut, calls, seen, expected });
  };
  await compare(null);
  for (let at = 1; at <= calls.length; at++)
    for (const when of ['before', 'after'] as const) await compare({ at, when });
}

/** Runs a job again and again, each attempt cut off or not; resolves with the calls of `ctx` of the last one. */
async function runAll(run: {
  handler: BoundHandler;
  data: unknown;
  cuts: readonly (Cut | null)[];
  signals: Readonly<Record<string, unknown>>;
}): Promise<string[]> {
  const { handler, data, cuts, signals } = run;
  const blade = new Blade();
  const clock = new KitClock(Date.now());
  const lone = new LoneJob({ handler, clock, middleware: [blade.middleware], signals }, data, {});
  for (const cut of cuts) {
    const isCut = blade.begin(cut);
    const ended = await Promise.race([isCut, lone.run(lone.take())]);
    if (ended !== 'cut') requireSuccess(handler, ended);
    // What the cut attempt has begun without waiting for it is done.
    else await new Promise((resolve) => setImmediate(resolve));
  }
  return blade.calls;
}

/** Cuts an attempt off at one of its calls of `ctx`: that call, and all after it, never come back. */
class Blade {
  calls: string[] = [];
  #cut: Cut | null = null;
  #isCut = false;
  #onCut: () => void = () => undefined;

  /** Wraps the handler, so that it gets a context which cuts. */
  readonly middleware: Middleware = (next) => (data, ctx) => next(data, this.#sharpened(ctx));

  /** Begins another attempt; resolves when it is cut off. */
  begin(cut: Cut | null): Promise<'cut'> {
    this.calls = [];
    this.#cut = cut;
    this.#isCut = false;
    return new Promise((resolve) => {
      this.#onCut = () => resolve('cut');
    });
  }

  #sharpened(ctx: JobContext): JobContext {
    return new Proxy(ctx, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== 'function') return value;
        const call = (...args: unknown[]): unknown => Reflect.apply(value, target, args);
        return isAwaited(name) ? (...args: unknown[]) => this.#pass(name, args, call) : call;
      },
    });
  }

  async #pass(name: Awaited, args: unknown[], call: (...args: unknown[]) => unknown): Promise<unknown> {
    this.calls.push(typeof args[0] === 'string' ? `${name}('${args[0]}')` : name);
    const at = this.calls.length;
    const cutsHere = this.#cut?.at === at;
    if (this.#isCut || (cutsHere && this.#cut?.when === 'before')) return this.#end();
    const result = await call(...args);
    return cutsHere ? this.#end() : result;
  }

  #end(): Promise<never> {
    this.#isCut = true;
    this.#onCut();
    return new Promise(() => undefined);
  }
}

function isAwaited(name: string | symbol): name is Awaited {
  return AWAITED.some((one) => one === name);
}

function requireSuccess({ definition }: BoundHandler, { outcome }: EndedAttempt): void {
  if (outcome.kind === 'succeeded') return;
  const why = 'error' in outcome && outcome.error ? `: ${outcome.error.message}` : '';
  const message = `checkIdempotent: the handler of ${definition.type} has to succeed, and its attempt ended as ${outcome.kind}${why}`;
  const cause = 'error' in outcome ? outcome.error : undefined;
  throw new ApiaryError('JOB_STATE_FORBIDS', message, { cause });
}

function difference(
  { definition }: BoundHandler,
  found: { cut: Cut | null; calls: readonly string[]; seen: unknown; expected: unknown },
): AssertionError {
  const { cut, calls, seen, expected } = found;
  const way = cut ? `cut off ${cut.when} ctx.${calls[cut.at - 1]}, and again` : 'twice';
  const hint = 'keep what must not be repeated in ctx.once, or make it the same when it is repeated';
  const message = `the handler of ${definition.type}, run ${way}, leaves another state than run once: ${hint}`;
  return new AssertionError({ message, actual: seen, expected, operator: 'deepStrictEqual' });
}
