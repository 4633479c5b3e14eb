import type { VNode } from 'preact';
import type { BulkRunInfo, Inspector } from '../../../inspector/inspector.ts';
import { JOB_OPERATIONS } from '../../../inspector/operations.ts';
import { runAddress, searchAddress } from '../addresses.ts';
import type { Page } from '../layout.tsx';
import { TableHead } from '../table-head.tsx';
import type { Visit } from '../visit.ts';
import { When } from '../when.tsx';
import { RunMark, runText, runTitle } from './run-words.tsx';

/** What the list of runs works with. */
export interface RunsPageDeps {
  inspector: Inspector;
}

/** Makes the page that lists the runs that change many jobs, the newest first. */
export function runsPage({ inspector }: RunsPageDeps): (visit: Visit) => Promise<Page> {
  return async (visit) => {
    const runs = await inspector.bulkRuns.list();
    const body = (
      <div id="runs" data-refresh>
        <h1>Runs</h1>
        <section aria-labelledby="kept-title">
          <h2 id="kept-title">Changes of many jobs, newest first</h2>
          {runs.length === 0 ? <NoRuns /> : <RunsTable runs={runs} now={visit.now} />}
        </section>
      </div>
    );
    return { title: 'Runs', section: 'search', body, isReloaded: true };
  };
}

function NoRuns(): VNode {
  return (
    <p>
      None was asked for in the last days. They begin with <a href={searchAddress({})}>a search</a>.
    </p>
  );
}

function RunsTable({ runs, now }: { runs: readonly BulkRunInfo[]; now: number }): VNode {
  return (
    <div class="scroller">
      <table aria-labelledby="kept-title">
        <TableHead columns={['Run', 'State', 'Asked for', 'By', 'What came of it']} />
        <tbody>
          {runs.map((run) => (
            <tr key={run.id}>
              <th scope="row">
                <a href={runAddress(run.id)}>{runTitle(run)}</a>
              </th>
              <td>
                <RunMark status={run.status} />
              </td>
              <td>
                <When at={run.at} now={now} />
              </td>
              <td>{run.by}</td>
              <td>{runText(run, JOB_OPERATIONS[run.operation].done)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
