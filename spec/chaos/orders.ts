import type { Finding } from './crimes.ts';
import { type Circumstances, isForgettable } from './explain.ts';
import { explain, wasDueMoved } from './explanations.ts';
import { groupBy, type Ledger, type Run, succeededAt } from './ledger.ts';

type Work = Ledger['acknowledged'][number];

/** Finds what began too early: before its turn, beside what it must not run beside, or before it was due. */
export function misorders(ledger: Ledger, circumstances: Circumstances): Finding[] {
  return [
    ...early(ledger, circumstances),
    ...beforeTheirTurn(ledger, circumstances),
    ...together(ledger, circumstances),
  ];
}

/** The clocks count whole milliseconds. */
const ROUNDING_MS = 2;

function early({ acknowledged, runs, troubles }: Ledger, circumstances: Circumstances): Finding[] {
  return acknowledged.flatMap(({ name, dueAt }) => {
    const began = runs.get(name)?.[0]?.at;
    if (dueAt === undefined || began === undefined || began >= dueAt - ROUNDING_MS) return [];
    if (wasDueMoved(began, troubles, circumstances)) return [];
    return [{ crime: 'early', name, detail: `${dueAt - began} ms before it was due` } as const];
  });
}

function beforeTheirTurn(ledger: Ledger, circumstances: Circumstances): Finding[] {
  const before = (name: string, others: readonly string[]): Finding[] => {
    const began = ledger.runs.get(name)?.[0]?.at;
    return others.flatMap((other) => {
      const done = succeededAt(ledger, other);
      // What never succeeded is told of by itself.
      if (began === undefined || done === null || done <= began) return [];
      // What one Redis has seen end, the one that took its place may not have.
      const since = ledger.runs.get(other)?.[0]?.at ?? done;
      if (isForgettable({ from: Math.min(since, began), until: done }, ledger.troubles, circumstances))
        return [];
      return [
        { crime: 'outOfOrder', name, detail: `${done - began} ms before ${other} had succeeded` } as const,
      ];
    });
  };
  return [
    ...ledger.acknowledged.flatMap(({ name, after = [] }) => before(name, after)),
    ...linesOf(ledger).flatMap((line) =>
      line.slice(1).flatMap(({ name }, at) => before(name, [line[at]?.name ?? ''])),
    ),
  ];
}

/** The work of each key, in its order. */
function linesOf({ acknowledged }: Ledger): Work[][] {
  const keyed = acknowledged.filter(({ line }) => line !== undefined);
  const lines = groupBy(keyed, ({ line }) => line?.key ?? '');
  return [...lines.values()].map((works) => works.sort((a, b) => (a.line?.seq ?? 0) - (b.line?.seq ?? 0)));
}

function together(ledger: Ledger, circumstances: Circumstances): Finding[] {
  const alone = groupBy(
    ledger.acknowledged.filter((work) => work.alone !== undefined),
    (work) => work.alone ?? '',
  );
  return [...alone.values()].flatMap((works) => {
    const runs = works
      .flatMap(({ name }) => (ledger.runs.get(name) ?? []).map((run) => ({ name, run })))
      .sort((a, b) => a.run.at - b.run.at);
    return runs.slice(1).flatMap(({ name, run }, at) => {
      const before = runs[at];
      if (!before || before.name === name || !overlaps(before.run, run)) return [];
      if (explain(before.run, run.at, ledger.troubles, circumstances)) return [];
      return [{ crime: 'together', name, detail: `beside ${before.name}` } as const];
    });
  });
}

function overlaps(run: Run, next: Run): boolean {
  return run.end !== null && next.at < run.end.at;
}
