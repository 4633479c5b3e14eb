import { countText, durationText, numberText } from '../texts.ts';
import type { Limit, QueueLimits, RateLimit } from './inspector.ts';

/** Says the limits of a queue: `50 at a time, 100 per 1 s; per key 5 at a time; 20,000 may wait; keys take turns`. */
export function limitsText({ perKey, maxWaiting, fair, agingMs, ...whole }: QueueLimits): string {
  const ofQueue: Record<Exclude<keyof QueueLimits, keyof Limit>, string> = {
    perKey: perKey === undefined ? '' : `per key ${limitText(perKey)}`,
    maxWaiting: maxWaiting === undefined ? '' : `${numberText(maxWaiting)} may wait`,
    fair: fair ? 'keys take turns' : '',
    agingMs: agingMs === undefined ? '' : `priority 0 after ${durationText(agingMs)}`,
  };
  return [limitText(whole), ...Object.values(ofQueue)].filter((part) => part !== '').join('; ');
}

function limitText({ concurrency, rate }: Limit): string {
  const parts: Record<keyof Limit, string> = {
    concurrency: concurrency === undefined ? '' : `${numberText(concurrency)} at a time`,
    rate: rate === undefined ? '' : rateText(rate),
  };
  return Object.values(parts)
    .filter((part) => part !== '')
    .join(', ');
}

function rateText({ count, perMs, burst }: RateLimit): string {
  const inBursts = burst === undefined ? '' : ` in bursts of ${numberText(burst)}`;
  return `${countText(count, 'start')} per ${durationText(perMs)}${inBursts}`;
}
