import type { VNode } from 'preact';
import type { AuditEntry, JobInfo } from '../../../inspector/inspector.ts';
import { jobAddress } from '../addresses.ts';
import { When } from '../when.tsx';
import { type Fact, FactList } from './fact-list.tsx';
import type { RelatedJobs } from './related-jobs.ts';
import { tiesOf } from './ties.tsx';

/** What a job has to do with others, and who did something to it; nothing where there is none of that. */
export function RelatedSection(props: { job: JobInfo; related: RelatedJobs; now: number }): VNode | null {
  const { job, related, now } = props;
  const facts = [...tiesOf(job, related.batch), ...othersOf(job, related)].filter(([, value]) => value);
  if (facts.length === 0 && related.acts.length === 0) return null;
  return (
    <section id="related" aria-labelledby="related-title">
      <h2 id="related-title">Related jobs and changes</h2>
      {facts.length > 0 && <FactList id="ties" facts={facts} />}
      {related.acts.length > 0 && <Acts acts={related.acts} job={job} now={now} />}
    </section>
  );
}

function othersOf({ queue }: JobInfo, related: RelatedJobs): Fact[] {
  const { holderId, parkedId, tickBefore, tickAfter } = related;
  const link = (id: string): VNode => (
    <a class="id" href={jobAddress(queue, id)}>
      {id}
    </a>
  );
  return [
    ['Unique key held by', holderId && link(holderId)],
    ['Runs after, by its key', parkedId && link(parkedId)],
    ['Tick before', tickBefore && link(tickBefore)],
    ['Tick after', tickAfter && link(tickAfter)],
  ];
}

function Acts(props: { acts: readonly AuditEntry[]; job: JobInfo; now: number }): VNode {
  return (
    <ol id="acts">
      {props.acts.map(({ entryId, at, by, through, action, id, outcome, detail }) => (
        <li key={entryId}>
          <When at={at} now={props.now} /> {action} by <strong>{by}</strong>, through {through}
          {id !== props.job.id && ', of its kind of failure'}
          {outcome !== 'done' && (
            <>
              {' '}
              <span class={`mark ${outcome === 'refused' ? 'warn' : 'bad'}`}>{outcome}</span>
            </>
          )}
          {detail !== null && <span class="note">{detail}</span>}
        </li>
      ))}
    </ol>
  );
}
