import type { Company } from './company.ts';
import type { Durability, FaultKind, Topology } from './fault-kinds.ts';
import type { PlannedFault } from './plan.ts';

/**
 * Does a fault and mends it; resolves, when it is mended, with the processes that it hit: null means all of them,
 * `told` that who was hit has written it down.
 */
export type Strike = (fault: PlannedFault, company: Company) => Promise<readonly number[] | null | 'told'>;

/** A Redis, or several, for one run alone. */
export interface Setting {
  readonly topology: Topology;
  readonly durability: Durability;
  readonly url: string;
  /** Leads through what can be cut; the same as `url` where there is nothing in between. */
  readonly wireUrl: string;
  /** What can be done to it and to the wire. */
  readonly strikes: Readonly<Partial<Record<FaultKind, Strike>>>;
  /** Ends all of it and removes the data. */
  stop(): Promise<void>;
}
