import type { VNode } from 'preact';
import type { JobSearchResult } from '../../../inspector/inspector.ts';
import { countText, numberText } from '../../../texts.ts';
import { searchAddress } from '../addresses.ts';
import { TableSection } from './table-section.tsx';
import { type KeyShare, keySharesOf } from './waiting-keys.ts';

const MOST_KEYS = 10;

/** Which keys fill what waits, of the newest jobs of it. */
export function KeysSection(props: {
  waiting: JobSearchResult;
  query: Readonly<Record<string, string>>;
}): VNode {
  const { jobs, total } = props.waiting;
  const rows = keySharesOf(jobs, MOST_KEYS).map(({ key, count }) => (
    <tr key={key}>
      <th scope="row">
        <KeyLink keyName={key} query={props.query} />
      </th>
      <td class="number">{numberText(count)}</td>
      <td class="number">{numberText((count / jobs.length) * 100)} %</td>
    </tr>
  ));
  const caption = `Of the newest ${countText(jobs.length, 'job')} of ${numberText(total)} that wait in the queue`;
  const columns = ['Key', { number: 'Jobs' }, { number: 'Part' }];
  const shown = { id: 'keys', title: 'Keys that fill it', none: 'No job waits.', caption, columns };
  return <TableSection {...shown} rows={rows} />;
}

function KeyLink(props: { keyName: KeyShare['key']; query: Readonly<Record<string, string>> }): VNode {
  const { keyName: key, query } = props;
  if (key === null) return <>none</>;
  return <a href={searchAddress({ ...query, state: 'waiting', key })}>{key}</a>;
}
