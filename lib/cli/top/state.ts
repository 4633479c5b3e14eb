import type { Act } from './acts.ts';
import {
  type FailureRow,
  NO_FACTS,
  type OpenJob,
  type QueueRow,
  type RunningRow,
  type TopFacts,
  type WorkerRow,
} from './facts.ts';

/** The parts of the view, in the order of their keys. */
export const PANES = ['queues', 'running', 'failures', 'workers'] as const;

/** A part of the view. */
export type Pane = (typeof PANES)[number];

/** What is being typed into the last line. */
export interface Typed {
  what: 'filter' | 'job';
  text: string;
}

/** The job that is open. */
export interface Opened extends OpenJob {
  queue: string;
  id: string;
  /** Whether it was read yet. */
  isRead: boolean;
}

/** All that the view is made from. */
export interface TopState {
  /** Which part has the keys. */
  pane: Pane;
  /** Which line is chosen in each. */
  chosen: Readonly<Record<Pane, number>>;
  /** Only queues with this in their names are shown. */
  filter: string;
  /** The names of all queues, sorted; those that pass the filter. */
  allNames: readonly string[];
  names: readonly string[];
  facts: TopFacts;
  typed: Typed | null;
  /** What waits for a yes. */
  asked: Act | null;
  opened: Opened | null;
  isHelp: boolean;
  /** The first line that is shown of what is open, and of the help. */
  scroll: number;
  /** What was said last. */
  notice: string;
  /** Why Redis could not be looked at, since the last time that it could be; null when it can. */
  trouble: string | null;
}

/** The state in which the view opens. */
export const FIRST_STATE: TopState = {
  pane: 'queues',
  chosen: { queues: 0, running: 0, failures: 0, workers: 0 },
  filter: '',
  allNames: [],
  names: [],
  facts: NO_FACTS,
  typed: null,
  asked: null,
  opened: null,
  isHelp: false,
  scroll: 0,
  notice: '',
  trouble: null,
};

/** A line of a part of the view. */
export type Row =
  | { pane: 'queues'; name: string; queue: QueueRow | null; unreadable: string | null }
  | { pane: 'running'; job: RunningRow }
  | { pane: 'failures'; failure: FailureRow }
  | { pane: 'workers'; worker: WorkerRow };

/** How many lines a part has, shown or not. */
export function countOf(state: TopState, pane: Pane): number {
  return pane === 'queues' ? state.names.length : rowsOf(state, pane, 0, Number.MAX_SAFE_INTEGER).length;
}

/** The lines of a part from one on, so many at most, as far as they pass the filter. */
export function rowsOf(state: TopState, pane: Pane, from: number, count: number): Row[] {
  const { facts } = state;
  const cut = <Thing>(things: readonly Thing[]): readonly Thing[] => things.slice(from, from + count);
  switch (pane) {
    case 'queues':
      return cut(state.names).map((name) => queueRow(facts, name));
    case 'running':
      return cut(facts.running.filter(({ queue }) => passes(state, queue))).map((job) => ({ pane, job }));
    case 'failures': {
      const failures = facts.failures.filter(({ queue }) => passes(state, queue));
      return cut(failures).map((failure) => ({ pane, failure }));
    }
    case 'workers': {
      const isShown = ({ queues }: WorkerRow): boolean =>
        state.filter === '' || queues.some((name) => passes(state, name));
      return cut(facts.workers.filter(isShown)).map((worker) => ({ pane, worker }));
    }
    default:
      return pane satisfies never;
  }
}

function queueRow({ queues, unreadable }: TopFacts, name: string): Row {
  return {
    pane: 'queues',
    name,
    queue: queues.get(name) ?? null,
    unreadable: unreadable.get(name) ?? null,
  };
}

/** The chosen line of a part; null where it has none. */
export function chosenRow(state: TopState, pane: Pane = state.pane): Row | null {
  return rowsOf(state, pane, state.chosen[pane], 1)[0] ?? null;
}

/** Takes over the names of all queues. */
export function withNames(state: TopState, allNames: readonly string[]): TopState {
  const next = { ...state, allNames, names: allNames.filter((name) => passes(state, name)) };
  return { ...next, chosen: keptChoices(state, next) };
}

/** Takes over what a look found; whatever was chosen in each part stays so where it is still there. */
export function withFacts(state: TopState, facts: TopFacts): TopState {
  const next = { ...state, facts, trouble: null };
  return { ...next, chosen: keptChoices(state, next) };
}

/** Shows only queues whose names have this text in them. */
export function withFilter(state: TopState, filter: string): TopState {
  return withNames({ ...state, filter }, state.allNames);
}

/** Takes over an open job, unless another is open by now. */
export function withJob(state: TopState, queue: string, id: string, found: OpenJob): TopState {
  const { opened } = state;
  if (opened?.queue !== queue || opened.id !== id) return state;
  return { ...state, opened: { ...opened, ...found, isRead: true } };
}

function passes({ filter }: TopState, name: string): boolean {
  return filter === '' || name.toLowerCase().includes(filter.toLowerCase());
}

function keptChoices(before: TopState, now: TopState): Record<Pane, number> {
  const chosen = { ...before.chosen };
  for (const pane of PANES) chosen[pane] = keptChoice(before, now, pane);
  return chosen;
}

function keptChoice(before: TopState, now: TopState, pane: Pane): number {
  const row = chosenRow(before, pane);
  const rows = row === null ? [] : rowsOf(now, pane, 0, Number.MAX_SAFE_INTEGER);
  const at = row === null ? -1 : rows.findIndex((one) => keyOf(one) === keyOf(row));
  if (at >= 0) return at;
  return Math.max(0, Math.min(before.chosen[pane], countOf(now, pane) - 1));
}

function keyOf(row: Row): string {
  switch (row.pane) {
    case 'queues':
      return row.name;
    case 'running':
      return `${row.job.queue} ${row.job.id}`;
    case 'failures':
      return `${row.failure.queue} ${row.failure.fingerprint}`;
    case 'workers':
      return row.worker.id;
    default:
      return row satisfies never;
  }
}
