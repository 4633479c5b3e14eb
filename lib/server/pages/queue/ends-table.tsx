import type { VNode } from 'preact';
import type { TimedJobs } from '../../../inspector/inspector.ts';
import { numberText } from '../../../texts.ts';

/** How some attempts ended. */
export type Ends = Pick<TimedJobs, 'succeeded' | 'failed' | 'retried'>;

/** The columns that say how attempts ended. */
export const END_COLUMNS: readonly { number: string; of: (ends: Ends) => string; isBad?: boolean }[] = [
  { number: 'Succeeded', of: ({ succeeded }) => numberText(succeeded) },
  { number: 'Retried', of: ({ retried }) => numberText(retried) },
  { number: 'Failed', of: ({ failed }) => numberText(failed), isBad: true },
  { number: 'Error rate', of: errorRateText, isBad: true },
];

/** The cells of these columns. */
export function EndCells({ ends }: { ends: Ends }): VNode {
  const hasFailed = ends.failed + ends.retried > 0;
  return (
    <>
      {END_COLUMNS.map(({ number, of, isBad = false }) => (
        <td key={number} class={isBad && hasFailed ? 'number bad-text' : 'number'}>
          {of(ends)}
        </td>
      ))}
    </>
  );
}

/** How many of a hundred attempts failed, whether another followed or not. */
export function errorRateText({ succeeded, failed, retried }: Ends): string {
  const all = succeeded + failed + retried;
  return all === 0 ? '–' : `${numberText(((failed + retried) / all) * 100)} %`;
}
