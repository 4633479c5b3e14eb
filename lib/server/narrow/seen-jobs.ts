import type { Inspector, JobInfo, WhyReason } from '../../inspector/inspector.ts';
import { changesQueue, type QueueRights, seesQueue } from '../../monitor-rights.ts';
import { requireSeen } from './narrowed.ts';
import type { Sources } from './shared-parts.ts';

/** The calls that show jobs; these name jobs of other queues too. */
export function narrowJobs(sources: Sources): Pick<Inspector, 'job' | 'jobs' | 'search' | 'find' | 'why'> {
  const { rights } = sources;
  const withoutAll = <Page extends { jobs: JobInfo[] }>(page: Page): Page => ({
    ...page,
    jobs: page.jobs.map((job) => withoutTies(rights, job)),
  });
  return {
    job: async (queue, id) => {
      const job = await sideOf(sources, queue).job(queue, id);
      return job && { ...withoutTies(rights, job), chain: await seenChain(sources, job) };
    },
    jobs: async (queue, query) => withoutAll(await sideOf(sources, queue).jobs(queue, query)),
    search: async (queue, search) => withoutAll(await sideOf(sources, queue).search(queue, search)),
    find: (id) => findSeen(sources, id),
    why: async (queue, id) => {
      const reasons = await sideOf(sources, queue).why(queue, id);
      return Promise.all(reasons.map((reason) => seenReason(sources, queue, reason)));
    },
  };
}

/** Who shows what is in a queue. Throws NOT_ALLOWED for one that is not seen. */
function sideOf({ rights, open, closed }: Sources, queue: string): Inspector {
  requireSeen(rights, queue);
  return changesQueue(rights, queue) ? open : closed;
}

async function findSeen(sources: Sources, id: string): Promise<JobInfo[]> {
  const { rights, open, closed } = sources;
  const seen = (await open.find(id)).filter(({ queue }) => seesQueue(rights, queue));
  const shown = await Promise.all(
    seen.map((job) => (changesQueue(rights, job.queue) ? job : closed.job(job.queue, id))),
  );
  return shown.flatMap((job) => (job ? withoutTies(rights, job) : []));
}

/** The job without what names queues that are not seen. Of which queue the steps of a chain are is not in it. */
function withoutTies(rights: QueueRights, job: JobInfo): JobInfo {
  const seen = <Tie extends { queue: string }>(tie: Tie | null): Tie | null =>
    tie && seesQueue(rights, tie.queue) ? tie : null;
  const { follows, batch, workflow } = job;
  return { ...job, follows: seen(follows), batch: seen(batch), workflow: seen(workflow), chain: null };
}

/** The chain of a job, unless the first or next of it is there and in a queue that is not seen. */
async function seenChain({ rights, open }: Sources, { id, chain }: JobInfo): Promise<JobInfo['chain']> {
  if (chain === null) return null;
  const named = [chain.id, chain.nextId].filter((one) => one !== null && one !== id);
  const found = await Promise.all(named.map((one) => open.find(String(one))));
  const isShown = (jobs: readonly JobInfo[]): boolean =>
    jobs.length === 0 || jobs.some(({ queue }) => seesQueue(rights, queue));
  return found.every(isShown) ? chain : null;
}

/** A reason without the types of other queues, and the steps of a workflow that is in some of those. */
async function seenReason({ rights, open }: Sources, queue: string, reason: WhyReason): Promise<WhyReason> {
  if (reason.reason === 'unhandled') {
    const text = `no live worker of queue ${queue} has a handler for type ${reason.type}`;
    return { ...reason, handled: [], text };
  }
  if (reason.reason !== 'awaits-steps') return reason;
  const flow = await open.workflows.get(queue, reason.workflow);
  if (flow?.steps.every((step) => seesQueue(rights, step.queue))) return reason;
  return { ...reason, awaits: [], text: 'it comes after other steps of its workflow' };
}
