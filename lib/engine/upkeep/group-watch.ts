import { fireDueGroups, type GroupDeps } from '../groups/groups.ts';
import type { PromoterDeps } from './promoter.ts';

/**
 * Lets a promoter hand over groups that are due, as it moves delayed jobs: it sleeps until the next one, wakes for an
 * earlier.
 */
export function dueGroups(deps: GroupDeps): PromoterDeps['store'] {
  return {
    promoteDue: async () => {
      const { carriers, nextInMs } = await fireDueGroups(deps);
      return { moved: carriers, nextInMs };
    },
  };
}
