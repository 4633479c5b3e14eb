import type { Request } from 'express';
import type { VNode } from 'preact';
import type { Inspector, JobInfo, WhyReason } from '../../../inspector/inspector.ts';
import { arenaJobAddress, queueAddress, searchAddress, typeAddress } from '../addresses.ts';
import { JobMark } from '../job-mark.tsx';
import type { Page } from '../layout.tsx';
import { canChangeIn, type Visit } from '../visit.ts';
import { ErrorsSection } from './errors-section.tsx';
import { FactsSection } from './facts-section.tsx';
import { JobButtons } from './job-buttons.tsx';
import { JsonSection } from './json-section.tsx';
import { LogsSection } from './logs-section.tsx';
import { MoveSection } from './move-section.tsx';
import { PrivacyNote } from './privacy-note.tsx';
import { type RelatedJobs, readRelated } from './related-jobs.ts';
import { RelatedSection } from './related-section.tsx';
import { SignalSection } from './signal-section.tsx';
import { TimelineSection } from './timeline-section.tsx';
import { WhyList } from './why-list.tsx';

/** What the page of a job works with. */
export interface JobPageDeps {
  inspector: Inspector;
  /** The name under which Arena lists this Redis. */
  host: string;
}

/** What is shown of a job. */
interface JobFacts {
  job: JobInfo;
  reasons: readonly WhyReason[];
  related: RelatedJobs;
}

/**
 * Makes the page of one job: what it is, why it is not running, what happened to it; of one that is not there, why
 * not.
 */
export function jobPage({ inspector, host }: JobPageDeps): (visit: Visit, req: Request) => Promise<Page> {
  return async (visit, req) => {
    const queue = String(req.params['queue']);
    const id = String(req.params['id']);
    const [job, reasons] = await Promise.all([inspector.job(queue, id), inspector.why(queue, id)]);
    if (job === null) return noSuchJob({ queue, id, reasons });
    const related = await readRelated(inspector, job);
    const body = <JobBody facts={{ job, reasons, related }} host={host} visit={visit} />;
    return { title: `Job ${id} of ${queue}`, section: null, body };
  };
}

function noSuchJob({
  queue,
  id,
  reasons,
}: {
  queue: string;
  id: string;
  reasons: readonly WhyReason[];
}): Page {
  const body = (
    <>
      <h1>
        There is no job <span class="id">{id}</span> in queue {queue}
      </h1>
      <section aria-labelledby="why-title">
        <h2 id="why-title">What is known of it</h2>
        <WhyList reasons={reasons} queue={queue} />
      </section>
      <p>
        It may have been removed, by somebody or when its time to be kept was over.{' '}
        <a href={searchAddress({ id })}>Look for it in all queues</a>
      </p>
    </>
  );
  return { title: `No job ${id} in ${queue}`, section: null, body, status: 404 };
}

function JobBody({ facts, host, visit }: { facts: JobFacts; host: string; visit: Visit }): VNode {
  const { job, reasons, related } = facts;
  const { queue, id, data, result, state, errors, logs, logsDropped } = job;
  const arena = arenaJobAddress(host, queue, id);
  const wholeAddress = `${arena}?json=true`;
  return (
    <div id="job" data-refresh>
      <h1>
        Job <span class="id">{id}</span>
      </h1>
      <p>
        <JobMark job={job} /> <a href={typeAddress(queue, job.type)}>{job.type}</a> in queue{' '}
        <a href={queueAddress(queue)}>{queue}</a>
        {job.options.key !== null && `, key ${job.options.key}`}. <a href={arena}>In Arena</a>
      </p>
      <PrivacyNote job={job} />
      {canChangeIn(visit, job.queue) && <JobButtons job={job} />}
      <section aria-labelledby="why-title">
        <h2 id="why-title">{state === 'active' ? 'Where it is running' : 'Why it is not running'}</h2>
        <WhyList reasons={reasons} queue={queue} />
      </section>
      {canChangeIn(visit, job.queue) && <SignalSection job={job} />}
      <TimelineSection job={job} />
      <RelatedSection job={job} related={related} now={visit.now} />
      <JsonSection id="data-title" title="Data" value={data} wholeAddress={wholeAddress} />
      {state === 'succeeded' && (
        <JsonSection id="result-title" title="Result" value={result} wholeAddress={wholeAddress} />
      )}
      {errors.length > 0 && <ErrorsSection job={job} />}
      {(logs.length > 0 || logsDropped > 0) && <LogsSection logs={logs} logsDropped={logsDropped} />}
      {canChangeIn(visit, job.queue) && <MoveSection job={job} />}
      <FactsSection job={job} />
    </div>
  );
}
