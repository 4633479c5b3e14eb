import { isoTime } from '../../clock.ts';
import type { QueueKeys } from '../keys.ts';
import type { RedisClient } from '../scripts.ts';
import { type Firing, readFirings } from './firing.ts';
import { tickOfId } from './schedule.ts';
import { type KeptSchedule, ScheduleStore } from './schedule-store.ts';

/** Why there is no job for a tick of a schedule, with a sentence for people in `text`. */
export interface NotFired {
  reason: 'not-fired';
  schedule: string;
  text: string;
}

/**
 * Tells why there is no job with an id that a tick of a schedule would have made; null where there is no such
 * schedule.
 */
export async function whyNotFired(
  { client, keys }: { client: RedisClient; keys: QueueKeys },
  id: string,
): Promise<NotFired | null> {
  const asked = tickOfId(id);
  if (!asked) return null;
  const { name, tick } = asked;
  const store = new ScheduleStore(client, keys);
  const [kept, now, firings] = await Promise.all([
    store.get(name),
    store.now(),
    readFirings({ client, keys }, name),
  ]);
  if (!kept) return null;
  const firing = firings.find((one) => isOf(one, tick));
  const why = firing ? whatItDid(firing) : whatIsToCome(kept, { tick, now });
  return { reason: 'not-fired', schedule: name, text: `schedule ${name}: ${why}` };
}

function isOf(firing: Firing, tick: number): boolean {
  if (firing.outcome !== 'missed') return firing.tick === tick;
  return firing.tick <= tick && tick <= firing.lastTick;
}

function whatItDid(firing: Firing): string {
  switch (firing.outcome) {
    case 'fired':
      return `the tick fired at ${isoTime(firing.firedAt)}; its job is not there any more`;
    case 'exists':
      return `at the tick there was a job ${firing.jobId} already`;
    case 'overlap':
      return `the tick did not fire, as job ${firing.jobId} of an earlier one had not ended`;
    case 'unique':
      return `the tick did not fire, as job ${firing.jobId} held the unique key`;
    case 'missed':
      return 'the tick was missed, as no worker of the queue was there';
    default:
      return firing satisfies never;
  }
}

function whatIsToCome(
  { paused, nextTick }: KeptSchedule,
  { tick, now }: { tick: number; now: number },
): string {
  if (paused) return `it was paused by ${paused.by} at ${isoTime(paused.at)}`;
  if (nextTick === null) return 'it does not fire any more';
  if (tick > now) return `the tick is yet to come; the next one is at ${isoTime(nextTick)}`;
  if (nextTick <= now)
    return `its next tick was to be at ${isoTime(nextTick)}; is there a worker of the queue?`;
  return 'it has no such tick, or what became of it is not kept any more';
}
