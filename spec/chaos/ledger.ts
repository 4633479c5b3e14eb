import type { Fact, FactOf } from './evidence.ts';

/** A call of a handler, from its beginning to what it told last; null for one that was never heard of again. */
export interface Run extends Omit<FactOf<'began'>, 'fact'> {
  end: { at: number; how: FactOf<'ended'>['how'] } | null;
}

/** A job that Redis holds at the end and that has not succeeded. */
export interface Remains {
  name: string;
  queue: string;
  id: string;
  state: 'waiting' | 'active' | 'delayed' | 'failed';
  outcome: string | null;
}

/** Something that kept processes from their work: a fault that was done, or a standstill that one found. */
export type Trouble = FactOf<'fault'> | FactOf<'stoodStill'>;

/** All that is known of a run, from whoever told it. */
export interface Ledger {
  acknowledged: readonly FactOf<'acknowledged'>[];
  /** By the name of the work, in the order in which they began. */
  runs: ReadonlyMap<string, readonly Run[]>;
  effects: readonly FactOf<'effect'>[];
  troubles: readonly Trouble[];
  crashes: readonly FactOf<'crashed'>[];
  remains: readonly Remains[];
}

/** Puts the facts of all processes together with what Redis holds at the end. */
export function makeLedger(facts: readonly Fact[], remains: readonly Remains[]): Ledger {
  const of = <Name extends Fact['fact']>(name: Name): FactOf<Name>[] =>
    // The filter is what the type says.
    facts.filter(({ fact }) => fact === name) as FactOf<Name>[];
  return {
    acknowledged: of('acknowledged'),
    runs: runsByName(of('began'), of('ended')),
    effects: of('effect'),
    troubles: [...of('fault'), ...of('stoodStill')],
    crashes: of('crashed'),
    remains,
  };
}

function runsByName(
  began: readonly FactOf<'began'>[],
  ended: readonly FactOf<'ended'>[],
): Map<string, Run[]> {
  const ends = new Map(ended.map((end) => [end.run, end]));
  const byName = new Map<string, Run[]>();
  for (const { fact: _, ...run } of [...began].sort((a, b) => a.at - b.at)) {
    const end = ends.get(run.run) ?? null;
    for (const name of run.names) {
      const runs = byName.get(name);
      if (runs) runs.push({ ...run, end });
      else byName.set(name, [{ ...run, end }]);
    }
  }
  return byName;
}

/** When a piece of work first succeeded; null when it never did. */
export function succeededAt(ledger: Ledger, name: string): number | null {
  const ends = (ledger.runs.get(name) ?? []).flatMap(({ end }) => (end?.how === 'succeeded' ? [end.at] : []));
  return ends.length === 0 ? null : Math.min(...ends);
}

/** Puts values with the same key together, in their order. */
export function groupBy<Value>(
  values: readonly Value[],
  keyOf: (value: Value) => string,
): Map<string, Value[]> {
  const groups = new Map<string, Value[]>();
  for (const value of values) {
    const key = keyOf(value);
    const group = groups.get(key);
    if (group) group.push(value);
    else groups.set(key, [value]);
  }
  return groups;
}
