import { ApiaryError, coerceError, type FieldProblem } from '../errors.ts';
import { firstFaults } from '../field-checks.ts';
import type { Added } from './added.ts';

/** What became of one job of an `addMany` that could not add all. */
export type ManyResult =
  | { readonly state: 'stored'; readonly job: Added }
  /** Nothing of it is stored. */
  | { readonly state: 'refused'; readonly error: Error }
  /** Redis was asked to store it, and did not answer: it may be stored, or may not. */
  | { readonly state: 'unknown'; readonly error: Error };

/**
 * What `addMany` rejects with once it has begun to store: an ApiaryError with the code of the first job that failed.
 */
export class AddManyError extends ApiaryError {
  /** What became of each job, in their order. */
  readonly results: readonly ManyResult[];

  constructor(first: ApiaryError, results: readonly ManyResult[]) {
    const count = (state: ManyResult['state']): number =>
      results.filter((result) => result.state === state).length;
    const facts = `stored ${count('stored')}, refused ${count('refused')}, unknown ${count('unknown')}`;
    super(first.code, `of ${results.length} jobs not all were added (${facts}): ${first.message}`, {
      cause: first.cause,
      problems: first.problems,
    });
    this.results = results;
  }
}

const MOST_PROBLEMS = 100;
/** So much is told of each job where several are at fault: one with many faults must not hide those of the others. */
const MOST_OF_EACH = 10;

/** Throws JOB_INVALID for an id among the options of many jobs: all but the first would be taken for that one. */
export function requireNoId(options: object | undefined): void {
  if (Reflect.get(options ?? {}, 'id') === undefined) return;
  const message = 'options.id is for one job; give each its own by jobFor(…)';
  throw new ApiaryError('JOB_INVALID', message, { problems: [{ path: 'options.id', message }] });
}

/**
 * Checks each of many jobs: what `check` makes of them, at once where it answers at once. Throws, or rejects, where
 * one is not right with what is wrong with all of them, up to a hundred fields, ten of each where they are several:
 * each path begins with the place of the job in the list, from 0.
 */
export function checkEach<Item, Checked>(
  items: readonly Item[],
  check: (item: Item) => Checked | Promise<Checked>,
): Checked[] | Promise<Checked[]> {
  const round = new Round<Checked>();
  for (const [at, item] of items.entries()) {
    if (round.isFull) break;
    try {
      const made = check(item);
      if (made instanceof Promise) return checkLater(round, { items, check, at, made });
      round.checked.push(made);
    } catch (error) {
      round.refuse(at, error);
    }
  }
  return round.end();
}

async function checkLater<Item, Checked>(
  round: Round<Checked>,
  {
    items,
    check,
    ...first
  }: {
    items: readonly Item[];
    check: (item: Item) => Checked | Promise<Checked>;
    at: number;
    made: Promise<Checked>;
  },
): Promise<Checked[]> {
  for (const [at, item] of items.entries()) {
    if (round.isFull) break;
    if (at < first.at) continue;
    try {
      round.checked.push(await (at === first.at ? first.made : check(item)));
    } catch (error) {
      round.refuse(at, error);
    }
  }
  return round.end();
}

/** What was found so far of many jobs. */
class Round<Checked> {
  readonly checked: Checked[] = [];
  readonly #refusals: { at: number; error: ApiaryError }[] = [];
  #problemCount = 0;

  /** Whether so much is wrong that no more is looked for. */
  get isFull(): boolean {
    return this.#problemCount >= MOST_PROBLEMS;
  }

  refuse(at: number, error: unknown): void {
    // What a schema throws by mistake is no refusal.
    if (!(error instanceof ApiaryError)) throw error;
    this.#refusals.push({ at, error });
    this.#problemCount += Math.min(MOST_OF_EACH, Math.max(1, error.problems.length));
  }

  end(): Checked[] {
    const [first] = this.#refusals;
    if (!first) return this.checked;
    const others = this.#refusals.length === 1 ? '' : ` (and ${this.#refusals.length - 1} more)`;
    const most = this.#refusals.length === 1 ? MOST_PROBLEMS : MOST_OF_EACH;
    const problems = this.#refusals.flatMap((one) => placed(one, most)).slice(0, MOST_PROBLEMS);
    throw new ApiaryError(first.error.code, `job ${first.at}: ${first.error.message}${others}`, { problems });
  }
}

function placed({ at, error }: { at: number; error: ApiaryError }, most: number): FieldProblem[] {
  const { problems, message } = error;
  if (problems.length === 0) return [{ path: String(at), message }];
  return firstFaults(problems, most).map((one) => ({
    ...one,
    path: one.path === '' ? String(at) : `${at}.${one.path}`,
  }));
}

/** Returns the answers to many jobs; throws {@link AddManyError} when one of them has none. */
export function requireAll(answers: readonly (Added | Error)[]): Added[] {
  const added = answers.filter((answer): answer is Added => !(answer instanceof Error));
  if (added.length === answers.length) return added;
  const failed = answers.find((answer) => answer instanceof Error);
  if (!(failed instanceof ApiaryError)) throw failed;
  throw new AddManyError(failed, answers.map(toResult));
}

/** What a promise of an answer comes to, without rejecting. */
export function settled(answers: readonly Promise<Added>[]): Promise<(Added | Error)[]> {
  return Promise.all(answers.map((answer) => answer.catch(coerceError)));
}

function toResult(answer: Added | Error): ManyResult {
  if (!(answer instanceof Error)) return { state: 'stored', job: answer };
  // What Redis refuses and what there is no room for is not there. All else may have been carried out.
  const isKnown = answer instanceof ApiaryError && answer.code !== 'REDIS_UNAVAILABLE';
  return { state: isKnown ? 'refused' : 'unknown', error: answer };
}
