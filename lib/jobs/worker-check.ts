import type { Clock } from '../clock.ts';
import type { Taker } from '../engine/queries/takers.ts';
import { ApiaryError } from '../errors.ts';
import type { JobDefinition } from './define.ts';
import { schemaFingerprintOf } from './json-schema.ts';

/** What is to be thought of where jobs were added that may never run, or fail when they do. */
export interface AddWarning {
  /**
   * `no-worker`: no live worker takes jobs of the type from the queue. `schema-differs`: a live worker that takes them
   * goes by another schema than the one by which their data were checked here.
   */
  code: 'no-worker' | 'schema-differs';
  queue: string;
  type: string;
  /** In words: what is so, and what to do. */
  message: string;
}

/** What is added, and where the type stands in what was given: `jobs.3.type`. */
export interface WantedWorker extends Pick<JobDefinition, 'queue' | 'type'> {
  /** By which its data were checked; none where that is for the worker to do. */
  schema?: object;
  path: string;
}

/** What looking at the workers works with. */
export interface WorkerCheckDeps {
  clock: Clock;
  read: () => Promise<readonly Taker[]>;
}

/** What was found is good for so long: workers say all five seconds that they live. */
const FRESH_MS = 5_000;
/** That there is nobody is looked at again after this: a worker may have started. */
const AGAIN_MS = 1_000;
const MOST_WARNINGS = 100;

/** What workers take, as it was a moment ago. */
interface Look {
  takers: readonly Taker[];
  at: number;
}

/**
 * Looks which live workers take what is added. One look serves all adds of the next seconds, however many there are and
 * whatever they name.
 */
export class WorkerCheck {
  readonly #deps: WorkerCheckDeps;
  #last: Look | null = null;
  #looking: Promise<Look> | null = null;

  constructor(deps: WorkerCheckDeps) {
    this.#deps = deps;
  }

  /**
   * What is to be said of what is added, each thing once, up to a hundred; at once where that is known. What cannot be
   * looked at is no reason for a warning.
   */
  warningsFor(wanted: readonly WantedWorker[]): readonly AddWarning[] | Promise<readonly AddWarning[]> {
    const known = this.#fresh(FRESH_MS);
    const found = known === null ? null : warningsOf(known.takers, wanted);
    if (known && (found?.length === 0 || this.#fresh(AGAIN_MS))) return found ?? [];
    return this.#look().then(
      ({ takers }) => warningsOf(takers, wanted),
      () => [],
    );
  }

  /** Rejects with NO_WORKER, naming the first of them that no live worker takes; with what Redis says. */
  async require(wanted: readonly WantedWorker[]): Promise<void> {
    const isTaken = ({ takers }: Look): boolean => wanted.every((one) => takersOf(takers, one).length > 0);
    const known = this.#fresh(FRESH_MS);
    if (known && isTaken(known)) return;
    const { takers } = this.#fresh(AGAIN_MS) ?? (await this.#look());
    const lacking = wanted.find((one) => takersOf(takers, one).length === 0);
    if (lacking) throw refusal(lacking);
  }

  #fresh(ms: number): Look | null {
    const last = this.#last;
    return last !== null && this.#deps.clock.elapsed() - last.at < ms ? last : null;
  }

  #look(): Promise<Look> {
    this.#looking ??= this.#lookAnew().finally(() => {
      this.#looking = null;
    });
    return this.#looking;
  }

  async #lookAnew(): Promise<Look> {
    const at = this.#deps.clock.elapsed();
    const look = { takers: await this.#deps.read(), at };
    this.#last = look;
    return look;
  }
}

function takersOf(takers: readonly Taker[], { queue, type }: WantedWorker): Taker[] {
  return takers.filter(({ queues, types }) => types.has(type) && (queues === null || queues.has(queue)));
}

function warningsOf(takers: readonly Taker[], wanted: readonly WantedWorker[]): AddWarning[] {
  const warnings = new Map<string, AddWarning>();
  for (const one of wanted) {
    if (warnings.size >= MOST_WARNINGS) break;
    // No type has a space in it.
    const name = `${one.type} ${one.queue}`;
    const warning = warnings.has(name) ? null : warningOf(takers, one);
    if (warning) warnings.set(name, warning);
  }
  return [...warnings.values()];
}

function warningOf(takers: readonly Taker[], wanted: WantedWorker): AddWarning | null {
  const { queue, type, schema } = wanted;
  const able = takersOf(takers, wanted);
  if (able.length === 0) return { code: 'no-worker', queue, type, message: lackText(wanted) };
  const theirs = able.map(({ types }) => types.get(type) ?? null);
  if (schema === undefined || theirs.every((one) => one === null)) return null;
  const own = schemaFingerprintOf(schema);
  if (own === null || theirs.every((one) => one === null || one === own)) return null;
  const message = `a live worker that takes ${type} from queue ${queue} goes by another schema than the data were checked by here; bring both to the same version`;
  return { code: 'schema-differs', queue, type, message };
}

function refusal(wanted: WantedWorker): ApiaryError {
  const message = lackText(wanted);
  const text = `${message}, or add without requireWorker to have it wait for one; nothing was added`;
  return new ApiaryError('NO_WORKER', text, { problems: [{ path: wanted.path, message }] });
}

function lackText({ queue, type }: WantedWorker): string {
  const what = `no live worker takes jobs of type ${type} from queue ${queue}`;
  return `${what}; start one that serves the queue and has a handler for the type`;
}
