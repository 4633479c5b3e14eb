import { type Clock, systemClock } from '../clock.ts';
import type { Inspector } from '../inspector/inspector.ts';
import { remembered } from './remembered.ts';

/** Lists the names of all queues. */
export type QueueNames = () => Promise<readonly string[]>;

/** How old a list may be before Redis is searched again: the search reads every key. */
const FRESH_MS = 3_000;

/** Lists queues through the inspector, searching Redis at most every three seconds however often it is asked. */
export function cachedQueueNames(inspector: Inspector, clock: Clock = systemClock): QueueNames {
  return remembered({ clock, freshMs: FRESH_MS }, () => inspector.queueNames()).read;
}
