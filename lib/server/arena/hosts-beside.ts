import type { Response } from 'express';
import { sourceBase } from '../pages/source-address.ts';
import { sourceOf } from '../pages/visit.ts';

/** A Redis server whose queues Arena lists under a host, each with its address there. */
export interface HostBeside {
  host: string;
  /** What stands before the addresses of the server. */
  base: string;
  names: readonly string[];
  /** How many more there are. */
  more: number;
  /** Why it cannot be reached; null when it can. */
  trouble: string | null;
}

/** What Arena's pages show of where they are: what stands before our addresses, and where the other servers are. */
export function arenaSource(res: Response): object {
  const source = sourceOf(res);
  if (source === undefined) return { base: '' };
  const all = source.all.map(({ name, isOwn, readOnly }) => ({
    ...{ name, readOnly, isCurrent: name === source.name },
    href: `${isOwn ? '' : sourceBase(name)}/arena/`,
  }));
  return { base: source.base, name: source.name, all };
}
