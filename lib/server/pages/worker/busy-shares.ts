import { CELL_MS, type LaneAttempt, type LaneCell, type WorkerLanes } from '../../../inspector/inspector.ts';
import { distanceText, numberText } from '../../../texts.ts';

/** Which share of all slots was taken within some time, from 0 to 1. */
export interface BusyShare {
  cell: LaneCell;
  share: number;
  /** The same in words. */
  text: string;
}

/** What was taken by what has ended and by what runs; what was not told is not there. `now` is epoch ms. */
export function busyShares(lanes: WorkerLanes, now: number): BusyShare[] {
  const { attempts, worker } = lanes;
  const cells = lanes.cells.length > 0 ? lanes.cells : untoldCells(now);
  const running = attempts.filter(({ endedAt }) => endedAt === null);
  return cells.map((cell) => {
    const lasts = Math.min(CELL_MS, Math.max(1, now - cell.at));
    const taken = cell.busyMs + running.reduce((sum, one) => sum + takenOf(one, cell, now), 0);
    const share = Math.min(1, taken / (Math.max(1, worker.concurrency) * lasts));
    return {
      cell,
      share,
      text: `${distanceText(cell.at, now)}: ${shareText(share)} of the slots${endsText(cell)}`,
    };
  });
}

/** What happened minute by minute, the newest first. */
export function busyMinutes(lanes: WorkerLanes, now: number): BusyShare[] {
  const shares = busyShares(lanes, now);
  const minutes: BusyShare[] = [];
  for (let end = shares.length; end > 0; end -= CELLS_A_MINUTE) {
    const some = shares.slice(Math.max(0, end - CELLS_A_MINUTE), end);
    const [first] = some;
    if (!first) break;
    const sum = (name: 'succeeded' | 'failed' | 'others'): number | null =>
      some.reduce<number | null>((all, { cell }) => {
        const count = cell[name];
        return all === null || count === null ? null : all + count;
      }, 0);
    const cell = {
      ...{ at: first.cell.at, busyMs: some.reduce((all, one) => all + one.cell.busyMs, 0) },
      ...{ succeeded: sum('succeeded'), failed: sum('failed'), others: sum('others') },
    };
    const share = some.reduce((all, one) => all + one.share, 0) / some.length;
    minutes.push({ cell, share, text: shareText(share) });
  }
  return minutes;
}

const CELLS_A_MINUTE = 60_000 / CELL_MS;
const CELLS_SHOWN = 60;

/** Where a worker told nothing, what runs in it is known all the same. */
function untoldCells(now: number): LaneCell[] {
  const last = Math.floor(now / CELL_MS);
  return Array.from({ length: CELLS_SHOWN }, (_, at) => {
    const begin = (last - CELLS_SHOWN + 1 + at) * CELL_MS;
    return { at: begin, busyMs: 0, succeeded: null, failed: null, others: null };
  });
}

function takenOf({ startedAt }: LaneAttempt, { at }: LaneCell, now: number): number {
  return Math.max(0, Math.min(now, at + CELL_MS) - Math.max(startedAt, at));
}

function shareText(share: number): string {
  return `${numberText(Math.round(share * 1_000) / 10)} %`;
}

function endsText({ succeeded, failed, others }: LaneCell): string {
  if (succeeded === null || failed === null || others === null) return '';
  const more = others > 0 ? `, ${numberText(others)} others` : '';
  return `, ${numberText(succeeded)} succeeded, ${numberText(failed)} failed${more}`;
}
