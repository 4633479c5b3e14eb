import type { LaneAttempt } from '../../../inspector/inspector.ts';

/** The attempts of a picture, lane by lane: those of one lane did not run at the same time. */
export interface LaneRows {
  lanes: LaneAttempt[][];
  /** How many have no place, as more ran at once than are drawn. */
  left: number;
}

/** Puts attempts into as few lanes as have room for them, what is stuck into the first; `now` is epoch ms. */
export function toLaneRows(attempts: readonly LaneAttempt[], now: number, most: number): LaneRows {
  const lanes: { attempts: LaneAttempt[]; until: number }[] = [];
  let left = 0;
  for (const attempt of [...attempts].sort(inOrder)) {
    const free = lanes.find(({ until }) => until <= attempt.startedAt);
    const lane = free ?? (lanes.length < most ? { attempts: [], until: 0 } : null);
    if (lane === null) {
      left++;
      continue;
    }
    if (lane !== free) lanes.push(lane);
    lane.attempts.push(attempt);
    lane.until = attempt.endedAt ?? Math.max(now, attempt.startedAt) + 1;
  }
  return { lanes: lanes.map((lane) => lane.attempts), left };
}

/** Whether an attempt keeps others from running, or does not stop. */
export function isTrouble({ stuckSince, blockedSince }: LaneAttempt): boolean {
  return stuckSince !== undefined || blockedSince !== undefined;
}

/** So many of them, those first that are in trouble, then what runs longest, then what ended last. */
export function mostWorthShowing(attempts: readonly LaneAttempt[], most: number): LaneAttempt[] {
  const rank = (one: LaneAttempt): number => (isTrouble(one) ? 0 : one.endedAt === null ? 1 : 2);
  return [...attempts]
    .sort(
      (one, other) =>
        rank(one) - rank(other) ||
        (one.endedAt === null || other.endedAt === null
          ? one.startedAt - other.startedAt
          : other.endedAt - one.endedAt),
    )
    .slice(0, most);
}

/** In trouble first, as they are to stand on top; then as they began. */
function inOrder(one: LaneAttempt, other: LaneAttempt): number {
  return Number(isTrouble(other)) - Number(isTrouble(one)) || one.startedAt - other.startedAt;
}
