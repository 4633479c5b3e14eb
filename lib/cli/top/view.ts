import { appliesTo, JOB_OPERATIONS } from '../../inspector/operations.ts';
import { namesOf } from '../../names-of.ts';
import { countText, numberText } from '../../texts.ts';
import { actText } from './acts.ts';
import { JOB_KEYS, TOP_KEYS } from './keys.ts';
import { paneLines, type Watch } from './pane-lines.ts';
import { fill, fitTo, type Line, type Size, wrap } from './screen-text.ts';
import { countOf, PANES, type Pane, rowsOf, type TopState } from './state.ts';

/** What the view is drawn with, beside its state. */
export interface Frame extends Watch {
  size: Size;
  /** The address of Redis, without secrets. */
  place: string;
  /** What is told of the open job. */
  jobText: string;
}

/** Fewer rows than this are given to the part with the keys alone. */
const LEAST_ROWS_FOR_ALL = 18;
const LEAST_READ = 20;
const MOST_READ_LINES = 2_000;
const MARK = { chosen: '> ', other: '  ' };
const TITLES: Readonly<Record<Pane, string>> = {
  queues: 'QUEUES',
  running: 'RUNNING',
  failures: 'NEWEST FAILURES',
  workers: 'WORKERS',
};

/** Writes the screen: as many lines as it has rows, none wider than it is. */
export function viewOf(state: TopState, frame: Frame): Line[] {
  const { columns, rows } = frame.size;
  const middle = state.isHelp || state.opened !== null ? readLines(state, frame) : watchLines(state, frame);
  const lines = [bold(titleText(state, frame)), ...middle];
  while (lines.length < rows - 1) lines.push({ text: '', look: 'plain' });
  const last: Line = { text: lastText(state), look: 'bold' };
  // Where there is one row only, what is asked matters most.
  const all = rows < 2 ? [last] : [...lines.slice(0, rows - 1), last];
  return all.slice(0, rows).map(({ text, look }) => ({ text: fitTo(text, columns), look }));
}

/** How many lines of what is in front fitTo, and which of them may come first at most. */
export function reachOf(state: TopState, frame: Frame): { page: number; last: number } {
  if (!state.isHelp && state.opened === null) {
    return { page: Math.max(1, heightsOf(state, frame.size)[state.pane]), last: 0 };
  }
  const page = readHeight(frame);
  return { page, last: Math.max(0, allReadLines(state, frame).length - page) };
}

/** The names of the queues to be read: those on the screen, and on a small one some more for their failures. */
export function namesToRead(state: TopState, size: Size): string[] {
  const height = heightsOf(state, size).queues;
  const from = firstShown(state, 'queues', height);
  return state.names.slice(from, from + Math.max(height, LEAST_READ));
}

function titleText(state: TopState, { place }: Frame): string {
  const { allNames, names, facts, filter, trouble } = state;
  const { workers } = facts;
  const sum = (name: 'runs' | 'slots'): number => workers.reduce((all, one) => all + one[name], 0);
  const queues =
    filter === ''
      ? countText(allNames.length, 'queue')
      : `${numberText(names.length)} of ${countText(allNames.length, 'queue')}`;
  const parts = [
    trouble === null ? 'apiary top' : 'AS IT WAS, for Redis cannot be read',
    queues,
    `${countText(workers.length, 'worker')}, ${sum('runs')} of ${countText(sum('slots'), 'slot')} taken`,
    place,
  ];
  return parts.join('   ');
}

function watchLines(state: TopState, frame: Frame): Line[] {
  const heights = heightsOf(state, frame.size);
  return PANES.flatMap((pane) => {
    const height = heights[pane];
    if (height === 0) return [];
    return linesOfPane(state, pane, height, frame);
  });
}

function linesOfPane(state: TopState, pane: Pane, height: number, frame: Frame): Line[] {
  const from = firstShown(state, pane, height);
  const rows = rowsOf(state, pane, from, height);
  const width = Math.max(0, frame.size.columns - MARK.other.length);
  const { head, lines } = paneLines(rows, pane, width, frame);
  const isFront = pane === state.pane;
  const titled = `${isFront ? '[' : ' '}${TITLES[pane]}${isFront ? ']' : ''}`;
  const shown = lines.map((text, at): Line => {
    const isChosen = isFront && from + at === state.chosen[pane];
    return { text: (isChosen ? MARK.chosen : MARK.other) + text, look: isChosen ? 'chosen' : 'plain' };
  });
  const none: Line[] = rows.length === 0 ? [{ text: `${MARK.other}${NONE[pane]}`, look: 'plain' }] : [];
  const filled = [...shown, ...none].slice(0, height);
  while (filled.length < height) filled.push({ text: '', look: 'plain' });
  const isTall = frame.size.rows >= LEAST_ROWS_FOR_ALL;
  const heading = isTall ? [bold(`${titled}  ${positionText(state, pane, height)}`)] : [];
  return [...heading, bold(MARK.other + head), ...filled];
}

const NONE: Readonly<Record<Pane, string>> = {
  queues: 'no queues',
  running: 'nothing runs',
  failures: 'no failed jobs in the queues above',
  workers: 'no worker is alive',
};

function positionText(state: TopState, pane: Pane, height: number): string {
  const count = countOf(state, pane);
  if (count <= height) return '';
  const from = firstShown(state, pane, height);
  return `${numberText(from + 1)} to ${numberText(Math.min(count, from + height))} of ${numberText(count)}`;
}

/** By whole pages: so little moves on a slow line, and the same queues are read until the page changes. */
function firstShown({ chosen }: TopState, pane: Pane, height: number): number {
  return height < 1 ? 0 : Math.floor(chosen[pane] / height) * height;
}

/** How many lines each part gets, without its headings: what it has, and that with the keys all that is left over. */
function heightsOf({ pane: front }: TopState, { rows }: Size): Record<Pane, number> {
  const heights: Record<Pane, number> = { queues: 0, running: 0, failures: 0, workers: 0 };
  if (rows < LEAST_ROWS_FOR_ALL) return { ...heights, [front]: Math.max(1, rows - 3) };
  const left = rows - 2 - 2 * PANES.length;
  const share = Math.max(1, Math.floor(left / (PANES.length + 2)));
  for (const pane of PANES) heights[pane] = share;
  heights[front] = left - share * (PANES.length - 1);
  return heights;
}

function readLines(state: TopState, frame: Frame): Line[] {
  const lines = allReadLines(state, frame);
  return lines.slice(state.scroll, state.scroll + readHeight(frame)).map((text) => ({ text, look: 'plain' }));
}

function readHeight({ size }: Frame): number {
  return Math.max(1, size.rows - 2);
}

function allReadLines(state: TopState, { size, jobText }: Frame): string[] {
  const columns = Math.max(1, size.columns);
  if (state.isHelp)
    return TOP_KEYS.flatMap(([keys, does]) => wrap(`${fill(keys, 14)}${does}`, columns, MOST_READ_LINES));
  return wrap(jobText, columns, MOST_READ_LINES);
}

/** What is asked or typed, else what was said last, else what the keys do. */
function lastText(state: TopState): string {
  const { asked, typed, notice, trouble } = state;
  if (asked !== null) return `y or n: ${actText(asked)}?`;
  if (typed !== null)
    return `${typed.what === 'filter' ? 'queues with' : 'job, or queue and job'}: ${typed.text}_`;
  if (notice !== '') return notice;
  if (trouble !== null) return trouble;
  if (state.isHelp) return 'Esc back';
  return state.opened === null
    ? `${FRONT_KEYS[state.pane]}Tab next  / filter  o job  ? keys  q end`
    : openKeys(state);
}

const FRONT_KEYS: Readonly<Record<Pane, string>> = {
  queues: 'p pause  ',
  running: 'Enter open  c cancel  ',
  failures: 'Enter open  r retry  ',
  workers: '',
};

function openKeys({ opened }: TopState): string {
  const job = opened?.job;
  const keys = namesOf(JOB_KEYS).filter((key) => job && appliesTo(JOB_KEYS[key], job.state));
  return [...keys.map((key) => `${key} ${JOB_OPERATIONS[JOB_KEYS[key]].action}`), 'Esc back'].join('  ');
}

function bold(text: string): Line {
  return { text, look: 'bold' };
}
