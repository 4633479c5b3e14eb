import type { Request } from 'express';
import type { VNode } from 'preact';
import type { CaseMark, CaseShare, FailureCase, Inspector } from '../../../inspector/inspector.ts';
import { countText, numberText } from '../../../texts.ts';
import { jobAddress, searchAddress } from '../addresses.ts';
import type { Page } from '../layout.tsx';
import { TableHead } from '../table-head.tsx';
import { canChangeIn, type Visit } from '../visit.ts';
import { When } from '../when.tsx';
import { CaseMarkNote } from './case-mark-note.tsx';
import { CaseTimesSection } from './case-times-section.tsx';
import { ExampleSection } from './example-section.tsx';
import { FailureButtons } from './failure-buttons.tsx';
import { FailureForms } from './failure-forms.tsx';

/** What the page of a kind of failure works with. */
export interface FailurePageDeps {
  inspector: Inspector;
}

/** Makes the page of one kind of failure of a queue: what it is, when and where it happened, and to which jobs. */
export function failurePage({ inspector }: FailurePageDeps): (visit: Visit, req: Request) => Promise<Page> {
  return async (visit, req) => {
    const queue = String(req.params['queue']);
    const found = await inspector.failures.case(queue, String(req.params['id']));
    if (found === null) return noSuchFailure(queue);
    const body = <FailureBody queue={queue} found={found} visit={visit} />;
    return { title: `Failure in ${queue}`, section: null, body };
  };
}

function noSuchFailure(queue: string): Page {
  const body = (
    <>
      <h1>No job of queue {queue} failed so</h1>
      <p>
        Its failed jobs may have been retried or removed, or there are many newer ones.{' '}
        <a href={searchAddress({ queue, state: 'failed' })}>The failed jobs of queue {queue}</a>
      </p>
    </>
  );
  return { title: `No such failure in ${queue}`, section: null, body, status: 404 };
}

interface FailureBodyProps {
  queue: string;
  found: FailureCase;
  visit: Visit;
}

function FailureBody({ queue, found, visit }: FailureBodyProps): VNode {
  const { type, state, mark, example, times } = found;
  return (
    <div id="failure" data-refresh>
      <h1>{example === null ? 'A failure of which no error is kept' : shortened(example.message)}</h1>
      <p>
        <CaseMarkNote state={state} /> {type !== null && `${type} in `}queue{' '}
        <a href={searchAddress({ queue, state: 'failed', ...(type !== null && { type }) })}>{queue}</a>.{' '}
        <Times found={found} now={visit.now} />
      </p>
      {mark !== null && <MarkText mark={mark} now={visit.now} />}
      {canChangeIn(visit, queue) && <FailureButtons queue={queue} found={found} />}
      <CaseTimesSection times={times} />
      {example !== null && <ExampleSection example={example} />}
      <Shares found={found} />
      <NewestSection queue={queue} found={found} now={visit.now} />
      {canChangeIn(visit, queue) && <FailureForms queue={queue} found={found} />}
    </div>
  );
}

const MOST_MESSAGE = 300;

function shortened(text: string): string {
  return text.length > MOST_MESSAGE ? `${text.slice(0, MOST_MESSAGE)}…` : text;
}

function Times({ found, now }: { found: FailureCase; now: number }): VNode {
  const { count, scanned, total, firstAt, lastAt } = found;
  const cover =
    scanned < total
      ? ` of the newest ${numberText(scanned)} of ${numberText(total)} failed jobs`
      : ' that are kept';
  return (
    <>
      {countText(count, 'job')}
      {cover}
      {firstAt !== null && lastAt !== null && (
        <>
          , the first <When at={firstAt} now={now} />, the last <When at={lastAt} now={now} />
        </>
      )}
      .
    </>
  );
}

function MarkText({ mark, now }: { mark: CaseMark; now: number }): VNode {
  const { verdict, version, note, by, at, reopenedAt } = mark;
  return (
    <p id="mark">
      {by} said that it is {verdict}
      {version !== null && ` in version ${version}`}, <When at={at} now={now} />
      {note === null ? '.' : `: ${note}`}
      {reopenedAt !== null && (
        <>
          {' '}
          Seen again <When at={reopenedAt} now={now} />.
        </>
      )}
    </p>
  );
}

const NO_VERSION = 'No worker has said its version: set APP_VERSION where workers are started.';

/** Under which versions, on which hosts and to which keys it happened. */
function Shares({ found: { versions, hosts, keys } }: { found: FailureCase }): VNode {
  return (
    <>
      <ShareSection id="versions" title="Versions" head="APP_VERSION" share={versions} none={NO_VERSION} />
      <ShareSection id="hosts" title="Hosts" head="Host" share={hosts} none="No host is known." />
      <ShareSection id="keys" title="Keys" head="Key" share={keys} none="These jobs have no key." />
    </>
  );
}

interface ShareSectionProps {
  id: string;
  title: string;
  head: string;
  share: CaseShare;
  none: string;
}

function ShareSection({ id, title, head, share, none }: ShareSectionProps): VNode {
  return (
    <section id={id} aria-labelledby={`${id}-title`}>
      <header>
        <h2 id={`${id}-title`}>{title}</h2>
        {share.others > 0 && <p class="aside">and {numberText(share.others)} others</p>}
      </header>
      {share.names.length === 0 ? (
        <p>{none}</p>
      ) : (
        <table aria-labelledby={`${id}-title`}>
          <TableHead columns={[head, { number: 'Jobs' }]} />
          <tbody>
            {share.names.map(({ name, count }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td class="number">{numberText(count)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function NewestSection(props: { queue: string; found: FailureCase; now: number }): VNode {
  return (
    <section id="newest" aria-labelledby="newest-title">
      <h2 id="newest-title">The newest jobs that failed so</h2>
      {props.found.newest.length === 0 ? <p>None is kept any more.</p> : <NewestTable {...props} />}
    </section>
  );
}

function NewestTable({ queue, found, now }: { queue: string; found: FailureCase; now: number }): VNode {
  return (
    <div class="scroller">
      <table aria-labelledby="newest-title">
        <TableHead columns={['Job', 'Failed', { number: 'Attempts' }]} />
        <tbody>
          {found.newest.map(({ id, at, attempts }) => (
            <tr key={id}>
              <th scope="row">
                <a class="id" href={jobAddress(queue, id)}>
                  {id}
                </a>
              </th>
              <td>
                <When at={at} now={now} />
              </td>
              <td class="number">{numberText(attempts)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
