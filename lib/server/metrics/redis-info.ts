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
export function parseRedisInfo(text: string): RedisInfo {
  const fields = new Map(
    [...text.matchAll(/^(\w+):(.*?)\r?$/gm)].map(([, name = '', value = '']) => [name, value]),
  );
  const number = (name: string): number | null => {
    const value = fields.get(name);
    return value !== undefined && /^\d+$/.test(value) ? Number(value) : null;
  };
  const says = (name: string, yes: string): boolean | null => {
    const value = fields.get(name);
    return value === undefined ? null : value === yes;
  };
  return {
    usedMemoryBytes: number('used_memory'),
    maxMemoryBytes: number('maxmemory'),
    connectedClients: number('connected_clients'),
    evictedKeys: number('evicted_keys'),
    isAppendOnly: says('aof_enabled', '1'),
    lastAppendOk: says('aof_last_write_status', 'ok'),
  };
}
