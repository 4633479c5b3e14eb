import type { Lane } from './lane.ts';
import { share } from './share.ts';

/** Deals out free slots among lanes, in their order: by weight, or strictly to the first queue that is ready. */
export function grants(free: number, lanes: readonly Lane[], strict: boolean): number[] {
  const ready = lanes.filter((lane) => lane.isReady);
  const [first] = ready;
  // The shards of one queue are of one rank.
  const contenders = strict ? ready.filter(({ queue }) => queue === first?.queue) : ready;
  const most = Math.max(0, ...ready.map((lane) => lane.mostPerExchange));
  const shares = share(Math.min(free, most), contenders, false);
  return lanes.map((lane) => shares[contenders.indexOf(lane)] ?? 0);
}

/** Puts the lanes of a queue in this order, at the place of that queue; those that are not there yet too. */
export function arrange(all: Lane[], queue: string, lanes: readonly Lane[]): void {
  const at = all.findIndex((lane) => lane.queue === queue);
  const others = all.filter((lane) => lane.queue !== queue);
  const before = at === -1 ? others.length : at;
  // In place: others hold the same list.
  all.splice(0, all.length, ...others.slice(0, before), ...lanes, ...others.slice(before));
}
