import { startClusterSetting } from './cluster.ts';
import type { Durability, Topology } from './fault-kinds.ts';
import { startSentinelSetting } from './sentinels.ts';
import type { Setting } from './setting.ts';
import { startStandalone } from './standalone.ts';

const STARTS: Record<Topology, (durability: Durability) => Promise<Setting>> = {
  standalone: startStandalone,
  sentinel: startSentinelSetting,
  cluster: startClusterSetting,
};

/** Starts the Redis of a topology for the caller alone, who stops it. */
export function startSetting(topology: Topology, durability: Durability): Promise<Setting> {
  return STARTS[topology](durability);
}
