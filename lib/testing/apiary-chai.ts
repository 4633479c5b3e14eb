import type { JobDefinition } from '../jobs/define.ts';
import { EnqueuedExpectation, type Fail } from './expect-enqueued.ts';
import { type ExpectedError, ReportExpectation, type SucceededExpectation } from './expect-report.ts';

declare global {
  namespace Chai {
    interface Assertion {
      /** Of a kit or its producer: such a job was added. Await it. */
      enqueued<Input>(definition: JobDefinition<Input, unknown>): EnqueuedExpectation;
      /** Of what runJob or drain told of a job. */
      readonly succeeded: SucceededExpectation;
      failedWith(error: ExpectedError): void;
      readonly beenDiscarded: undefined;
      retriedAt(date: Date | number | string, toleranceMs?: number): void;
    }
  }
}

/** As much of chai as is asked for; chai itself is handed over by its `use`. */
interface ChaiParts {
  Assertion: { prototype: object };
  AssertionError: new (message: string, shown?: object) => Error;
}

interface ChaiTools {
  addMethod(on: object, name: string, method: (this: object, ...args: never[]) => unknown): void;
  addProperty(on: object, name: string, getter: (this: object) => unknown): void;
  flag(assertion: object, name: string): unknown;
}

/** A time, and by how much it may be missed. */
type Moment = Parameters<ReportExpectation['retriedAt']>;

/**
 * A plugin of chai: `use(apiaryChai)`, then `await expect(producer).to.have.enqueued(…)` and what may be expected of
 * reports.
 */
export function apiaryChai({ Assertion, AssertionError }: ChaiParts, tools: ChaiTools): void {
  const fail: Fail = (message, shown) => {
    throw new AssertionError(message, { ...shown, showDiff: true });
  };
  const howOf = (assertion: object) => ({ isNegated: Boolean(tools.flag(assertion, 'negate')), fail });
  const on = Assertion.prototype;
  const reportOf = (assertion: object): ReportExpectation =>
    new ReportExpectation(tools.flag(assertion, 'object'), howOf(assertion));
  tools.addMethod(on, 'enqueued', function (this: object, definition: unknown) {
    return new EnqueuedExpectation(tools.flag(this, 'object'), definition, howOf(this));
  });
  tools.addProperty(on, 'succeeded', function () {
    return reportOf(this).succeeded();
  });
  tools.addMethod(on, 'failedWith', function (this: object, error: ExpectedError) {
    reportOf(this).failedWith(error);
  });
  tools.addProperty(on, 'beenDiscarded', function () {
    reportOf(this).beenDiscarded();
  });
  tools.addMethod(on, 'retriedAt', function (this: object, ...given: Moment) {
    reportOf(this).retriedAt(...given);
  });
}
