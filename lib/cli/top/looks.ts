import type { FailureGroups, Inspector } from '../../inspector/inspector.ts';
import type { FailureRow, OpenJob, QueueRow, TopFacts } from './facts.ts';
import { runningOf, toWorkerRow } from './worker-rows.ts';

/** Looks at Redis for the view, with few and cheap commands: only the queues on the screen are read. */
export interface Looks {
  /** Looks at the workers and at these queues. */
  at(queues: readonly string[]): Promise<TopFacts>;
  /** Reads a job, and why it does not run. */
  job(queue: string, id: string): Promise<OpenJob>;
  /** Has the failures be read anew, since they were changed. */
  forget(): void;
}

/** The failed jobs of a queue as they were read, and the numbers by which it is seen that there are others now. */
interface Failures {
  mark: string;
  readAt: number;
  found: FailureGroups;
}

/** What takes longer is left out, so that the rest is shown. */
const RULE = { withinMs: 3_000 };
/** Of how many queues the failures are read in one look, of how many jobs each, and how long that is good for. */
const FAILURES = { queues: 5, most: 20, freshMs: 10_000 };
const MOST_RUNNING = 1_000;

/** Makes what looks; it remembers the failures of queues whose counts have not changed. */
export function openLooks(inspector: Inspector, elapsed: () => number): Looks {
  const known = new Map<string, Failures>();
  return {
    at: async (names) => {
      const [workers, visited] = await Promise.all([
        inspector.workers(),
        inspector.eachQueue(names, (name) => readQueue(inspector, name), RULE),
      ]);
      const queues = new Map(visited.read);
      for (const name of known.keys()) if (!queues.has(name)) known.delete(name);
      await readFailures(inspector, { known, queues, now: elapsed() });
      return {
        queues,
        unreadable: new Map(visited.unreadable.map(({ name, reason }) => [name, reason])),
        workers: workers.map(toWorkerRow),
        running: runningOf(workers).slice(0, MOST_RUNNING),
        failures: rowsOf(known),
      };
    },
    job: async (queue, id) => {
      const [job, reasons] = await Promise.all([inspector.job(queue, id), inspector.why(queue, id)]);
      return { job, reasons };
    },
    forget: () => known.clear(),
  };
}

async function readQueue(inspector: Inspector, name: string): Promise<QueueRow> {
  const [info, { inPerMin, outPerMin }] = await Promise.all([inspector.queue(name), inspector.rates(name)]);
  return { ...info, inPerMin, outPerMin };
}

async function readFailures(
  inspector: Inspector,
  {
    known,
    queues,
    now,
  }: { known: Map<string, Failures>; queues: ReadonlyMap<string, QueueRow>; now: number },
): Promise<void> {
  const changed = [...queues].filter(([name, row]) => {
    const before = known.get(name);
    if (before === undefined) return row.counts.failed > 0;
    return before.mark !== markOf(row) && now - before.readAt >= FAILURES.freshMs;
  });
  // Those that were not read for longest come first.
  changed.sort(([one], [other]) => (known.get(one)?.readAt ?? 0) - (known.get(other)?.readAt ?? 0));
  const rows = new Map(changed.slice(0, FAILURES.queues));
  const { most } = FAILURES;
  const { read } = await inspector.eachQueue(
    [...rows.keys()],
    (name) => inspector.failures.groups(name, { most }),
    RULE,
  );
  for (const [name, found] of read) {
    known.set(name, { mark: markOf(rows.get(name)), readAt: now, found });
  }
}

function markOf(row: QueueRow | undefined): string {
  return `${row?.counts.failed} ${row?.failedToday}`;
}

function rowsOf(known: ReadonlyMap<string, Failures>): FailureRow[] {
  return [...known]
    .flatMap(
      ([
        queue,
        {
          found: { groups, scanned, total },
        },
      ]) => groups.map((group) => ({ ...group, queue, isMore: scanned < total })),
    )
    .sort((one, other) => other.newestAt - one.newestAt);
}
