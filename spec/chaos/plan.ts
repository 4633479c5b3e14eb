import { FAULT_KINDS, type FaultKind, ruleOf, type Topology } from './fault-kinds.ts';
import { seededRandom, shuffled } from './seeded.ts';

/** What a plan follows from. */
export interface PlanOptions {
  seed: number;
  minutes: number;
  topology: Topology;
  /** Which faults can be done; default all. */
  kinds?: readonly FaultKind[];
}

/** A fault to come. */
export interface PlannedFault {
  kind: FaultKind;
  /** From the start of the traffic. */
  atMs: number;
  forMs: number;
  /** From 0 up to 1: which of those whom it can hit. */
  pick: number;
}

const MINUTE_MS = 60_000;
const FIRST_AT_MS = 2_000;
/** From the end of one to the start of the next. */
const PAUSE_MS = [500, 4_000] as const;
const TOGETHER = 0.25;
/** None lasts longer than this part of the run. */
const LONGEST_PART = 0.1;

/**
 * Plans the faults of a run: the same for the same seed, length, topology and kinds. Each kind comes once, in an order by
 * chance, before any comes again; now and then two come at a time, to different things.
 */
export function planFaults({ seed, minutes, topology, kinds = FAULT_KINDS }: PlanOptions): PlannedFault[] {
  const random = seededRandom(seed);
  const endMs = minutes * MINUTE_MS;
  const draw = deckOf(
    kinds.filter((kind) => ruleOf(kind).on.includes(topology)),
    random,
  );
  const plan: PlannedFault[] = [];
  for (let atMs = FIRST_AT_MS; ; ) {
    const first = draw(null);
    const other = random() < TOGETHER ? draw(ruleOf(first).to) : null;
    const together = [first, ...(other ? [other] : [])].map((kind) => {
      const forMs = Math.round(Math.min(between(ruleOf(kind).forMs, random()), endMs * LONGEST_PART));
      return { kind, atMs, forMs, pick: random() };
    });
    const until = atMs + Math.max(...together.map(({ forMs }) => forMs));
    if (until > endMs) return plan;
    plan.push(...together);
    atMs = Math.round(until + between(PAUSE_MS, random()));
  }
}

/** Draws the next kind, but none that is done to `besides`. */
function deckOf(all: readonly FaultKind[], random: () => number): (besides: string | null) => FaultKind {
  const deck: FaultKind[] = [];
  return (besides) => {
    if (!deck.some((kind) => ruleOf(kind).to !== besides)) deck.push(...shuffled(all, random));
    const at = deck.findIndex((kind) => ruleOf(kind).to !== besides);
    const [kind] = deck.splice(at, 1);
    if (kind === undefined) throw new Error('no fault can be done on this topology');
    return kind;
  };
}

function between([least, most]: readonly [number, number], share: number): number {
  return least + (most - least) * share;
}
