import type { VNode } from 'preact';
import type { GroupInfo } from '../../../inspector/inspector.ts';
import { numberText } from '../../../texts.ts';
import { TableHead } from '../table-head.tsx';
import { When } from '../when.tsx';
import { WideTable } from '../wide-table.tsx';
import type { GroupFacts } from './overview-facts.ts';

/** A row per group in which jobs wait for each other, those of a queue that are due first first. */
export function GroupsSection({ groups, now }: { groups: readonly GroupFacts[]; now: number }): VNode {
  const cut = groups.filter(({ isMore }) => isMore);
  return (
    <section id="groups" aria-labelledby="groups-title">
      <h2 id="groups-title">Groups</h2>
      <WideTable label="Groups">
        <table aria-labelledby="groups-title">
          <TableHead
            columns={['Group', 'Queue', { number: 'Jobs' }, { number: 'Of them delayed' }, 'Goes']}
          />
          <tbody>
            {groups.flatMap(({ groups: some }) =>
              some.map((group) => (
                <GroupRow key={`${group.queue} ${group.type}:${group.name}`} group={group} now={now} />
              )),
            )}
          </tbody>
        </table>
        {cut.length > 0 && (
          <p class="inside muted">There are more in {cut.map(({ queue }) => queue).join(', ')}.</p>
        )}
      </WideTable>
    </section>
  );
}

function GroupRow({ group, now }: { group: GroupInfo; now: number }): VNode {
  const { queue, type, name, size, delayed, maxSize, dueAt } = group;
  return (
    <tr id={`group-${queue}:${type}:${name}`}>
      <th scope="row">
        {name}
        <span class="note">of {type}</span>
      </th>
      <td>{queue}</td>
      <td class="number">{numberText(size + delayed)}</td>
      <td class={delayed === 0 ? 'number zero' : 'number'}>{numberText(delayed)}</td>
      <td>
        {dueAt === null ? 'when one of its jobs is due' : <When at={dueAt} now={now} />}
        <span class="note">or with {numberText(maxSize)} jobs</span>
      </td>
    </tr>
  );
}
