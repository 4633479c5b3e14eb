import { appliesTo } from '../../inspector/operations.ts';
import type { Act } from './acts.ts';
import { isJobKey, JOB_KEYS, type Key } from './keys.ts';
import { chosenRow, countOf, PANES, type TopState, withFilter } from './state.ts';

/** What a key asks of those who can do more than think. */
export type Wish =
  | { kind: 'quit' }
  | { kind: 'suspend' }
  | { kind: 'redraw' }
  | { kind: 'look' }
  | { kind: 'act'; act: Act }
  | { kind: 'find'; words: readonly string[] };

/** What came of a key. */
export interface Step {
  state: TopState;
  wish: Wish | null;
}

/** By how many lines keys move. */
const MOVES: Readonly<Record<string, (page: number) => number>> = {
  up: () => -1,
  k: () => -1,
  down: () => 1,
  j: () => 1,
  pageup: (page) => -page,
  pagedown: (page) => page,
  home: () => Number.NEGATIVE_INFINITY,
  end: () => Number.POSITIVE_INFINITY,
};
const ANYWHERE: Readonly<Record<string, Wish>> = {
  'ctrl-c': { kind: 'quit' },
  'ctrl-z': { kind: 'suspend' },
  'ctrl-l': { kind: 'redraw' },
};
const LONGEST_TYPED = 400;

/**
 * Says what a key does. `page` is how many lines of what is in front fit the screen, and `last` which line may come
 * first at most.
 */
export function press(state: TopState, key: Key, { page, last }: { page: number; last: number }): Step {
  const anywhere = Object.hasOwn(ANYWHERE, key) ? ANYWHERE[key] : undefined;
  if (anywhere) return { state, wish: anywhere };
  if (state.asked !== null) return answer(state, state.asked, key);
  if (state.typed !== null) return type(state, key);
  const quiet = { ...state, notice: '' };
  if (key === 'space') return { state: quiet, wish: { kind: 'look' } };
  if (quiet.isHelp || quiet.opened !== null) return read(quiet, key, { page, last });
  return watch(quiet, key, page);
}

/** Nothing but a yes is one. */
function answer(state: TopState, act: Act, key: Key): Step {
  const next = { ...state, asked: null };
  if (key === 'y' || key === 'Y') return { state: next, wish: { kind: 'act', act } };
  return only({ ...next, notice: 'nothing was changed' });
}

function type(state: TopState, key: Key): Step {
  const { what, text } = state.typed ?? { what: 'filter', text: '' };
  const into = (changed: string): TopState => {
    const next = { ...state, typed: { what, text: changed } };
    return what === 'filter' ? withFilter(next, changed) : next;
  };
  if (key === 'backspace') return only(into([...text].slice(0, -1).join('')));
  if (key === 'escape') {
    const next = { ...state, typed: null };
    return only(what === 'filter' ? withFilter(next, '') : next);
  }
  if (key === 'enter') {
    const words = text.split(' ').filter((word) => word !== '');
    const next = { ...state, typed: null };
    return what === 'job' && words.length > 0 ? { state: next, wish: { kind: 'find', words } } : only(next);
  }
  const character = key === 'space' ? ' ' : key;
  const isOne = [...character].length === 1;
  return only(isOne && text.length < LONGEST_TYPED ? into(text + character) : state);
}

/** What is read from its beginning to its end: an open job, the help. */
function read(state: TopState, key: Key, { page, last }: { page: number; last: number }): Step {
  const { opened } = state;
  if (key === 'escape' || key === 'q') {
    return only(
      state.isHelp ? { ...state, isHelp: false, scroll: 0 } : { ...state, opened: null, scroll: 0 },
    );
  }
  const by = moveOf(key, page);
  if (by !== 0) return only({ ...state, scroll: between(state.scroll + by, last) });
  if (key === '?') return only({ ...state, isHelp: !state.isHelp, scroll: 0 });
  if (state.isHelp || !opened?.job || !isJobKey(key)) return only(state);
  const name = JOB_KEYS[key];
  const { queue, id, state: jobState } = opened.job;
  if (!appliesTo(name, jobState))
    return only({ ...state, notice: `a job that is ${jobState} cannot be changed so` });
  return only({ ...state, asked: { kind: 'job', name, queue, id } });
}

function watch(state: TopState, key: Key, page: number): Step {
  const by = moveOf(key, page);
  if (by !== 0) return only(moved(state, by));
  const at = PANES.indexOf(state.pane);
  const numbered = PANES[Number.parseInt(key, 10) - 1];
  if (numbered !== undefined) return only({ ...state, pane: numbered });
  switch (key) {
    case 'q':
      return { state, wish: { kind: 'quit' } };
    case 'escape':
      return only(withFilter(state, ''));
    case 'tab':
      return only({ ...state, pane: PANES[(at + 1) % PANES.length] ?? 'queues' });
    case 'shift-tab':
      return only({ ...state, pane: PANES[(at + PANES.length - 1) % PANES.length] ?? 'queues' });
    case '/':
      return only({ ...state, typed: { what: 'filter', text: state.filter } });
    case 'o':
      return only({ ...state, typed: { what: 'job', text: '' } });
    case '?':
      return only({ ...state, isHelp: true, scroll: 0 });
    case 'enter':
      return open(state);
    default:
      return only({ ...state, asked: actOn(state, key) });
  }
}

function open(state: TopState): Step {
  const row = chosenRow(state);
  if (row?.pane === 'running') return opened(state, row.job.queue, row.job.id);
  if (row?.pane === 'failures') return opened(state, row.failure.queue, row.failure.newestId);
  return only(
    row === null ? state : { ...state, notice: 'a job is opened from what runs, from the failures, or by o' },
  );
}

/** Opens a job, and has it read. */
export function opened(state: TopState, queue: string, id: string): Step {
  const job = { queue, id, job: null, reasons: [], isRead: false };
  return { state: { ...state, opened: job, scroll: 0 }, wish: { kind: 'look' } };
}

/** What a key changes in the chosen line; null where it changes nothing. */
function actOn(state: TopState, key: Key): Act | null {
  const row = chosenRow(state);
  if (key === 'p' && row?.pane === 'queues' && row.queue !== null) {
    return { kind: 'queue', name: row.queue.paused === null ? 'pause' : 'resume', queue: row.name };
  }
  if (key === 'r' && row?.pane === 'failures') {
    const { queue, fingerprint, count, isMore } = row.failure;
    return { kind: 'failures', queue, fingerprint, count, isMore };
  }
  if (key === 'c' && row?.pane === 'running') {
    return { kind: 'job', name: 'cancel', queue: row.job.queue, id: row.job.id };
  }
  return null;
}

function moved(state: TopState, by: number): TopState {
  const { pane, chosen } = state;
  return { ...state, chosen: { ...chosen, [pane]: between(chosen[pane] + by, countOf(state, pane) - 1) } };
}

function moveOf(key: Key, page: number): number {
  const move = Object.hasOwn(MOVES, key) ? MOVES[key] : undefined;
  return move ? move(Math.max(1, page)) : 0;
}

function between(at: number, last: number): number {
  return Math.max(0, Math.min(at, last));
}

function only(state: TopState): Step {
  return { state, wish: null };
}
