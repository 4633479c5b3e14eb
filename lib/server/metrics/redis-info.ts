import { infoFields, infoNumber } from '../../redis/info.ts';

/** What Redis says of itself; null what it does not say. */
export interface RedisInfo {
  usedMemoryBytes: number | null;
  /** 0 when it has no limit. */
  maxMemoryBytes: number | null;
  connectedClients: number | null;
  /** Since its start. */
  evictedKeys: number | null;
  /** Whether it appends what is written to a file. */
  isAppendOnly: boolean | null;
  /** Whether the last write to that file succeeded. */
  lastAppendOk: boolean | null;
}

/** Reads the text of Redis's INFO. */
export function redisInfoOf(text: string): RedisInfo {
  const fields = infoFields(text);
  const says = (name: string, yes: string): boolean | null => {
    const value = fields.get(name);
    return value === undefined ? null : value === yes;
  };
  return {
    usedMemoryBytes: infoNumber(fields, 'used_memory'),
    maxMemoryBytes: infoNumber(fields, 'maxmemory'),
    connectedClients: infoNumber(fields, 'connected_clients'),
    evictedKeys: infoNumber(fields, 'evicted_keys'),
    isAppendOnly: says('aof_enabled', '1'),
    lastAppendOk: says('aof_last_write_status', 'ok'),
  };
}
