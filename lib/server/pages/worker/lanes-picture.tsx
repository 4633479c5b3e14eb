import type { VNode } from 'preact';
import { CELL_MS, type LaneAttempt, type LaneCell, type WorkerLanes } from '../../../inspector/inspector.ts';
import { countText } from '../../../texts.ts';
import { jobAddress } from '../addresses.ts';
import { attemptMark, attemptText } from './attempt-words.ts';
import { busyShares } from './busy-shares.ts';
import { isTrouble, toLaneRows } from './lane-rows.ts';

/** Lanes of a worker, and the attempts of them that are drawn. */
export interface LanesPictureProps {
  lanes: WorkerLanes;
  shown: readonly LaneAttempt[];
  /** The end of the span that is drawn, epoch ms. */
  now: number;
}

/** So long is the span that is drawn. */
export const SPAN_MS = 300_000;

const MOST_LANES = 40;
const STRIP = 36;
const ROW = 16;
const BAR = 12;
const TITLE = 16;
/** So wide a bar is at least, in hundredths of the picture: it is to be seen, and hit. */
const LEAST_WIDTH = 0.3;

/**
 * Draws how much of a worker was busy, and below it a lane for each slot that was taken at once. Drawn as text, without
 * scripts. Its links are for the pointer; the table below has all of them for the keyboard and the ear.
 */
export function LanesPicture({ lanes, shown, now }: LanesPictureProps): VNode {
  const hatch = `hatch-${lanes.worker.id}`;
  const rows = toLaneRows(shown, now, MOST_LANES);
  const top = TITLE + STRIP + TITLE;
  const height = top + Math.max(1, rows.lanes.length) * ROW + TITLE;
  return (
    <figure class="inside" aria-label="The last five minutes">
      <p class="unseen">A picture of the last five minutes. The tables below say all that it shows.</p>
      <svg class="lanes" width="100%" height={height} aria-hidden="true">
        <Hatch id={hatch} />
        <StripTitle />
        <Strip lanes={lanes} now={now} />
        <text x="0" y={top - 4}>
          {laneTitle(lanes, rows.lanes.length, now)}
        </text>
        {rows.lanes.map((attempts, at) => (
          <Lane key={at} attempts={attempts} y={top + at * ROW} hatch={hatch} now={now} />
        ))}
        <Ends y={height - 3} />
      </svg>
      {rows.left > 0 && (
        <figcaption>{countText(rows.left, 'attempt')} more, which had no room, are in the table.</figcaption>
      )}
    </figure>
  );
}

function StripTitle(): VNode {
  return (
    <text x="0" y={TITLE - 5}>
      Share of slots taken
    </text>
  );
}

function Hatch({ id }: { id: string }): VNode {
  return (
    <pattern id={id} width="4" height="4" patternUnits="userSpaceOnUse">
      <path class="hatch" d="M0 4L4 0" />
    </pattern>
  );
}

function Ends({ y }: { y: number }): VNode {
  return (
    <>
      <text x="0" y={y}>
        5 min ago
      </text>
      <text x="100%" y={y} text-anchor="end">
        now
      </text>
    </>
  );
}

function laneTitle({ allSince, attempts }: WorkerLanes, drawn: number, now: number): string {
  if (drawn === 0) return attempts.length === 0 ? 'Nothing ran' : 'Nothing of it is listed';
  const since = now - SPAN_MS;
  const some = allSince > since ? '; of the time before, only what took long is listed' : '';
  return `Attempts${some}`;
}

function Strip({ lanes, now }: { lanes: WorkerLanes; now: number }): VNode {
  const from = now - SPAN_MS;
  const width = percent(CELL_MS / SPAN_MS);
  return (
    <>
      <rect class="ground" x="0" y={TITLE} width="100%" height={STRIP} />
      {busyShares(lanes, now).map(({ cell, share, text }) => (
        <g key={cell.at} class="cell">
          <title>{text}</title>
          <rect
            class="touch"
            x={percent((cell.at - from) / SPAN_MS)}
            y={TITLE}
            width={width}
            height={STRIP}
          />
          <Column cell={cell} share={share} x={percent((cell.at - from) / SPAN_MS)} />
        </g>
      ))}
    </>
  );
}

function Column({ cell, share, x }: { cell: LaneCell; share: number; x: string }): VNode {
  const high = Math.max(share > 0 ? 1 : 0, Math.round(share * STRIP));
  const hasFailed = (cell.failed ?? 0) > 0;
  return (
    <>
      <rect
        class="busy"
        x={x}
        y={TITLE + STRIP - high}
        width={percent((CELL_MS * 0.85) / SPAN_MS)}
        height={high}
      />
      {hasFailed && (
        <rect class="failed" x={x} y={TITLE + STRIP} width={percent((CELL_MS * 0.85) / SPAN_MS)} height="3" />
      )}
    </>
  );
}

interface LaneProps {
  attempts: readonly LaneAttempt[];
  y: number;
  /** The id of the pattern by which failures are told without their colour. */
  hatch: string;
  now: number;
}

function Lane({ attempts, y, hatch, now }: LaneProps): VNode {
  return (
    <>
      <rect class="ground" x="0" y={y} width="100%" height={BAR} />
      {attempts.map((attempt) => (
        <Bar key={`${attempt.id} ${attempt.startedAt}`} {...{ attempt, y, hatch, now }} />
      ))}
    </>
  );
}

function Bar({ attempt, y, hatch, now }: Omit<LaneProps, 'attempts'> & { attempt: LaneAttempt }): VNode {
  const { queue, id, type } = attempt;
  const { shade, word } = attemptMark(attempt);
  const { x, width } = placeOf(attempt, now);
  const size = { x: percent(x), y, width: percent(width), height: BAR };
  const bar = (
    <>
      <title>{attemptText(attempt, now)}</title>
      <rect class={`bar ${shade}`} {...size} />
      {shade === 'failed' && <rect {...size} fill={`url(#${hatch})`} />}
      {isTrouble(attempt) && <TroubleText x={x} y={y} text={`${type} ${word}`} />}
    </>
  );
  if (queue === null || id === null) return <g>{bar}</g>;
  return (
    <a href={jobAddress(queue, id)} tabIndex={-1}>
      {bar}
    </a>
  );
}

/** Where there is more room beside its bar. */
function TroubleText({ x, y, text }: { x: number; y: number; text: string }): VNode {
  const place = x > 0.5 ? ({ 'text-anchor': 'end', dx: -4 } as const) : { dx: 4 };
  return (
    <text class="trouble" x={percent(x)} {...place} y={y + BAR - 2}>
      {text}
    </text>
  );
}

/** As shares of the span; what began before it begins with it. */
function placeOf({ startedAt, endedAt }: LaneAttempt, now: number): { x: number; width: number } {
  const from = now - SPAN_MS;
  const [start, end] = [startedAt, endedAt ?? now].map((at) =>
    Math.min(1, Math.max(0, (at - from) / SPAN_MS)),
  );
  const [x, until] = [start ?? 0, end ?? 0];
  const width = Math.max(LEAST_WIDTH / 100, until - x);
  return { x: Math.min(x, 1 - width), width };
}

function percent(share: number): string {
  return `${Math.round(share * 10_000) / 100}%`;
}
