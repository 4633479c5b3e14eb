import { describeValue } from '../error-facts.ts';
import { ApiaryError } from '../errors.ts';
import { readMoment } from './duration.ts';
import type { Fail } from './expect-enqueued.ts';
import type { JobReport } from './job-report.ts';
import { matches, shownExpected } from './matching.ts';

/** What an error is expected to be: its message or a part of it, a pattern for it, or its class. */
export type ExpectedError = string | RegExp | (abstract new (...args: never[]) => Error);

/** What may be said further of a job that succeeded. */
export interface SucceededExpectation {
  /** With such a result: equal, the fields named, a function that says whether, or a matcher of sinon. */
  with(result: unknown): void;
}

/** What is expected of a job that ran, as `drain` and `runJob` tell of it. */
export class ReportExpectation {
  readonly #report: JobReport;
  readonly #isNegated: boolean;
  readonly #fail: Fail;

  /** Throws CONFIG_INVALID for what is no report. */
  constructor(subject: unknown, { isNegated, fail }: { isNegated: boolean; fail: Fail }) {
    this.#report = requireReport(subject);
    this.#isNegated = isNegated;
    this.#fail = fail;
  }

  /** That it succeeded. */
  succeeded(): SucceededExpectation {
    const { result, outcome } = this.#report;
    // What was denied is denied together with the result that may follow, and alone it is known only without one.
    if (!this.#isNegated) this.#outcome('succeeded');
    return {
      with: (expected) =>
        this.#check(outcome === 'succeeded' && matches(expected, result), 'to have succeeded with that', {
          actual: { outcome, result },
          expected: { outcome: 'succeeded', result: shownExpected(expected) },
        }),
    };
  }

  /** That its last attempt failed of such an error, and it is tried again or not. */
  failedWith(expected: ExpectedError): void {
    const error = this.#report.errors.at(-1);
    const { outcome } = this.#report;
    const isSuch = outcome !== 'succeeded' && error !== undefined && isError(expected, error);
    this.#check(isSuch, 'to have failed with that', {
      actual: { outcome, error: error && `${error.name}: ${error.message}` },
      expected: typeof expected === 'function' ? expected.name : String(expected),
    });
  }

  /** That it failed for good by DiscardJob, or as its data are not valid. */
  beenDiscarded(): void {
    this.#outcome('discarded');
  }

  /** That it runs again at that time, give or take so many ms. */
  retriedAt(date: Date | number | string, toleranceMs = 0): void {
    const at = readMoment('retriedAt', date);
    const { outcome, runsAt } = this.#report;
    const isSuch = runsAt !== null && Math.abs(runsAt.getTime() - at) <= toleranceMs;
    this.#check(isSuch, 'to be retried then', {
      actual: { outcome, runsAt },
      expected: { runsAt: new Date(at) },
    });
  }

  #outcome(expected: JobReport['outcome']): void {
    const { outcome, errors } = this.#report;
    this.#check(outcome === expected, `to have ${expected === 'discarded' ? 'been ' : ''}${expected}`, {
      actual: { outcome, errors: errors.map(({ message }) => message) },
      expected: { outcome: expected },
    });
  }

  #check(isTrue: boolean, what: string, shown: { actual: unknown; expected: unknown }): void {
    if (isTrue !== this.#isNegated) return;
    const { type, id, outcome, errors } = this.#report;
    const why = errors.at(-1)?.message;
    const came = `its outcome is ${outcome}${why === undefined ? '' : ` (${why})`}`;
    this.#fail(`expected job ${id} of type ${type} ${this.#isNegated ? 'not ' : ''}${what}; ${came}`, shown);
  }
}

function isError(expected: ExpectedError, error: Error): boolean {
  if (typeof expected === 'string') return error.message.includes(expected);
  return expected instanceof RegExp ? expected.test(error.message) : error instanceof expected;
}

function requireReport(subject: unknown): JobReport {
  if (typeof subject === 'object' && subject !== null && 'outcome' in subject && 'errors' in subject)
    return subject as JobReport; // Nothing else that is expected of has both.
  const rule = 'this takes what runJob(…) resolved with, or one of what drain() did';
  throw new ApiaryError('CONFIG_INVALID', `${rule}, not ${describeValue(subject)}`);
}
