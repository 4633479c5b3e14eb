import fc from 'fast-check';
import type { ModelAddition } from './workflow-model.ts';

/** A thing that is done to a workflow. */
export type Act =
  | {
      do: 'run';
      queue: 0 | 1;
      as: 'succeeded' | 'failed' | 'retried' | 'interrupted';
      again: boolean;
      spawns: readonly ModelAddition[];
    }
  | { do: 'retry' | 'rerun'; at: number }
  | { do: 'remove' | 'archive'; at: number }
  | { do: 'die'; queue: 0 | 1 }
  | { do: 'sweep' }
  | { do: 'cancel' };

const queue = fc.constantFrom(0 as const, 1 as const);
const spawns = fc.oneof(
  { weight: 3, arbitrary: fc.constant([]) },
  {
    weight: 1,
    arbitrary: fc.array(fc.oneof(queue, fc.constant('workflow' as const)), { minLength: 1, maxLength: 2 }),
  },
);

const as = fc.constantFrom(
  ...(['succeeded', 'succeeded', 'succeeded', 'failed', 'retried', 'interrupted'] as const),
);
// Beyond the steps that are there from the start stand those that are added.
const at = fc.nat(40);
/** Random things that are done to a workflow. */
export const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant('run' as const), queue, as, again: fc.boolean(), spawns }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('retry' as const, 'rerun' as const), at }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('remove' as const, 'archive' as const), at }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('die' as const), queue }) },
  { weight: 1, arbitrary: fc.constantFrom({ do: 'sweep' as const }, { do: 'cancel' as const }) },
);
