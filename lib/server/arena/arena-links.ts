import { failureOfJob, type JobInfo } from '../../inspector/inspector.ts';
import { failureAddress, jobAddress, scheduleAddress, workflowAddress } from '../pages/addresses.ts';

/** What leads from a job in Arena to one of our own pages. */
export interface MoreLink {
  href: string;
  text: string;
}

/** What our own pages have of a job that Arena does not: why it is not running, what it is tied to, its failure. */
export function moreLinks(job: JobInfo): MoreLink[] {
  const { queue, id, state, workflow, schedule } = job;
  const page = jobAddress(queue, id);
  const fingerprint = failureOfJob(job);
  const links: (MoreLink | false)[] = [
    (state === 'waiting' || state === 'delayed') && {
      href: `${page}#why-title`,
      text: 'Why it is not running',
    },
    fingerprint !== null && { href: failureAddress(queue, fingerprint), text: 'Others that failed so' },
    isTied(job) && { href: `${page}#related`, text: 'Related jobs' },
    workflow !== null && {
      href: workflowAddress(workflow.queue, workflow.id, {}),
      text: `Workflow ${workflow.id}`,
    },
    schedule !== null && { href: scheduleAddress(queue, schedule.name), text: `Schedule ${schedule.name}` },
  ];
  return links.filter((link) => link !== false);
}

function isTied({ chain, batch, workflow, schedule, follows, rerunOf, options }: JobInfo): boolean {
  return [chain, batch, workflow, schedule, follows, rerunOf, options.unique].some((tie) => tie !== null);
}
