import type { Contract } from '../inspector/inspector.ts';
import { defineCommand } from './command.ts';
import { show, tableOrNone } from './show.ts';
import type { Column } from './table.ts';
import { text } from './values.ts';

/** `apiary contracts list`: lists which types live workers accept, and by which schemas. */
export const contractsList = defineCommand({
  takes: {},
  options: { queue: text('queue', 'only the types of this queue') },
  run: async (call, { queue }) => {
    const { inspector } = await call.open();
    const all = await inspector.contracts();
    const contracts = all.contracts.filter((contract) => queue === undefined || contract.queue === queue);
    if (all.total > all.contracts.length && !call.shared.json)
      call.terminal.err(`only the first ${all.contracts.length} of ${all.total} types are looked at\n`);
    return show(call, { contracts, total: all.total }, (found) =>
      tableOrNone(call, COLUMNS, found.contracts, 'no live worker says that it accepts anything'),
    );
  },
});

const COLUMNS: readonly Column<Contract>[] = [
  { head: 'QUEUE', cell: ({ queue }) => queue },
  { head: 'TYPE', cell: ({ type }) => type },
  { head: 'WORKERS', cell: ({ workerCount }) => workerCount },
  { head: 'SCHEMA', cell: schemaText },
];

/** Which fingerprints there are, with how many workers have each where they differ. */
function schemaText({ workers }: Contract): string {
  const counts = new Map<string, number>();
  for (const { fingerprint } of workers) {
    const name = fingerprint ?? 'unknown';
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const entries = [...counts];
  if (entries.length === 1) return entries[0]?.[0] ?? '-';
  return `differs: ${entries.map(([name, count]) => `${name} (${count})`).join(', ')}`;
}
