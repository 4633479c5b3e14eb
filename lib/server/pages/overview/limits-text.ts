import type { Limit, QueueLimits } from '../../../inspector/inspector.ts';
import { countText, durationText, numberText } from '../texts.ts';

/** Says the limits of a queue: `50 at a time, 100 per 1 s; per key 5 at a time; keys take turns`. */
export function limitsText({ perKey, fair, ...whole }: QueueLimits): string {
  const parts = [
    limitText(whole),
    perKey === undefined ? '' : `per key ${limitText(perKey)}`,
    fair ? 'keys take turns' : '',
  ];
  return parts.filter((part) => part !== '').join('; ');
}

function limitText({ concurrency, rate }: Limit): string {
  const parts: string[] = [];
  if (concurrency !== undefined) parts.push(`${numberText(concurrency)} at a time`);
  if (rate !== undefined) {
    const burst = rate.burst === undefined ? '' : ` in bursts of ${numberText(rate.burst)}`;
    parts.push(`${countText(rate.count, 'start')} per ${durationText(rate.perMs)}${burst}`);
  }
  return parts.join(', ');
}
