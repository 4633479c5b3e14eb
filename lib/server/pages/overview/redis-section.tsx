import type { VNode } from 'preact';
import { bytesText, durationText, numberText } from '../../../texts.ts';
import type { RedisFacts } from './redis-facts.ts';

/** The Redis that keeps it all: version, memory and clients. */
export function RedisSection({ redis }: { redis: RedisFacts }): VNode {
  const { server, uptimeMs, clients, isClusterNode } = redis;
  return (
    <section id="redis" aria-labelledby="redis-title">
      <h2 id="redis-title">Redis</h2>
      <dl class="facts">
        <dt>Version</dt>
        <dd>
          {server ?? 'not told'}
          {isClusterNode && ' (one node of a cluster)'}
        </dd>
        <dt>Memory</dt>
        <dd>{memoryText(redis)}</dd>
        <dt>Clients</dt>
        <dd>{clients === null ? 'not told' : numberText(clients)}</dd>
        <dt>Up for</dt>
        <dd>{uptimeMs === null ? 'not told' : durationText(uptimeMs)}</dd>
      </dl>
    </section>
  );
}

function memoryText({ usedBytes, mostBytes }: RedisFacts): string {
  if (usedBytes === null) return 'not told';
  if (mostBytes === null) return `${bytesText(usedBytes)}, without a limit`;
  const percent = Math.round((100 * usedBytes) / mostBytes);
  return `${bytesText(usedBytes)} of ${bytesText(mostBytes)} (${percent} %)`;
}
