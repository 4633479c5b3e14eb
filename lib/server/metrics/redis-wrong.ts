import type { Registry } from 'prom-client';
import { createGauge, show } from './gauge.ts';

/** What is known of whether Redis is as it should be. */
export interface WatchedRedis {
  /** By check of `apiary doctor` whether it finds something wrong; without those of which that is not known. */
  readonly wrongs: ReadonlyMap<string, boolean>;
  /** Whether adds through this process are refused, as Redis has too little memory left. */
  readonly isFull: boolean;
}

/** Registers what is wrong with Redis; nothing is told before it is known what watches. */
export function registerRedisWrong(registry: Registry): {
  watch(redis: WatchedRedis): void;
  show(): void;
} {
  const wrong = createGauge(
    registry,
    'redis_wrong',
    'Whether a check of apiary doctor finds something wrong with Redis.',
    'check',
  );
  const full = createGauge(
    registry,
    'redis_full',
    'Whether adds through this process are refused, as Redis has too little memory left.',
  );
  let watched: WatchedRedis | null = null;
  return {
    watch: (redis) => {
      watched = redis;
    },
    show: () => {
      wrong.reset();
      for (const [check, isWrong] of watched?.wrongs ?? []) wrong.set({ check }, Number(isWrong));
      show(full, watched?.isFull);
    },
  };
}
