import { defineScripts, type RedisClient } from '../../../lib/engine/scripts.ts';

/** A connection on which answers may get lost, so that ioredis sends what they were to once more. */
export interface LossyWire {
  readonly client: RedisClient;
  /** While true, each script is carried out twice, and only the second answer comes through. */
  isLossy: boolean;
}

/** Makes one of a client. */
export function lossyWire(client: RedisClient): LossyWire {
  const wire: LossyWire = {
    isLossy: false,
    client: new Proxy(client, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== 'function') return value;
        const isScript = typeof name === 'string' && name.startsWith('apiary-');
        return (...args: unknown[]): unknown => {
          if (isScript && wire.isLossy) Reflect.apply(value, target, args).catch(() => {});
          return Reflect.apply(value, target, args);
        };
      },
    }),
  };
  defineScripts(wire.client);
  return wire;
}
