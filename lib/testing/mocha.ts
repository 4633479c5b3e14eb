import { checkOptions, flagOption } from '../check-options.ts';
import { askForLeftBehind, takeLeftBehind } from './left-behind.ts';
import { openKits } from './open-kits.ts';
import { keepRedis, letGoOfRedis } from './shared-redis.ts';

/** What `apiaryHooks` takes. */
export interface ApiaryHooksOptions {
  /** Fails a test after which jobs are left that have not ended. Default false. */
  failOnLeftovers?: boolean;
}

/** As much of a test of mocha as is asked for. */
interface MochaTest {
  fn?: ((...args: never[]) => unknown) | undefined;
}

/** As much of what mocha calls a hook with. */
interface MochaContext {
  currentTest?: MochaTest | undefined;
}

/** Root hooks of mocha. */
export interface ApiaryHooks {
  beforeAll(): void;
  beforeEach(this: MochaContext): void;
  afterAll(): Promise<void>;
}

type Callback = (error?: unknown) => void;

const checked = new WeakSet<object>();

/**
 * Makes root hooks that keep one private redis-server for all kits of the run, or of each process with `--parallel`: it
 * starts with the first kit, and ends with the run, whatever ends that. Throws CONFIG_INVALID for options that cannot
 * be.
 */
export function apiaryHooks(options: ApiaryHooksOptions = {}): ApiaryHooks {
  checkOptions('apiaryHooks', { failOnLeftovers: flagOption.optional() }, options);
  const { failOnLeftovers = false } = options;
  if (failOnLeftovers) askForLeftBehind();
  return {
    beforeAll: keepRedis,
    beforeEach() {
      if (failOnLeftovers && this.currentTest) failOnWhatIsLeft(this.currentTest);
    },
    async afterAll() {
      const open = openKits();
      for (const kit of open) await kit.close().catch(() => undefined);
      // A process of `--parallel` calls this after each file, and takes the server along when it ends.
      if (!isParallel()) await letGoOfRedis();
      if (open.length > 0)
        throw new Error(
          `${open.length} kits of testApiary(…) were left open; close each, best in an afterEach hook`,
        );
    },
  };
}

/** For `--require apiary-jobs/testing/mocha`. */
export const mochaHooks: ApiaryHooks = apiaryHooks();

function isParallel(): boolean {
  return process.env['MOCHA_WORKER_ID'] !== undefined;
}

/** A hook that fails ends the whole run, so the test itself is made to look, at its end. */
function failOnWhatIsLeft(test: MochaTest): void {
  const { fn } = test;
  if (!fn || checked.has(fn)) return;
  test.fn = fn.length > 0 ? withCallback(fn) : withPromise(fn);
  checked.add(test.fn);
}

function withPromise(fn: (...args: never[]) => unknown): () => Promise<void> {
  return async function (this: unknown) {
    await Reflect.apply(fn, this, []);
    await requireNothingLeft();
  };
}

function withCallback(fn: (...args: never[]) => unknown): (done: Callback) => void {
  return function (this: unknown, done) {
    const look: Callback = (error) => {
      if (error) done(error);
      else requireNothingLeft().then(() => done(), done);
    };
    Reflect.apply(fn, this, [look]);
  };
}

async function requireNothingLeft(): Promise<void> {
  const left = await takeLeftBehind(openKits());
  if (left.length === 0) return;
  const hint = 'drain() them, drain({ withDelayed: true }) for those that are delayed, or expect less';
  throw new Error(`jobs are left that have not ended; ${left.join('; ')}: ${hint}`);
}
