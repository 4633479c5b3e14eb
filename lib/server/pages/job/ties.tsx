import type { VNode } from 'preact';
import type { BatchInfo, JobInfo, ShownOptions } from '../../../inspector/inspector.ts';
import { numberText } from '../../../texts.ts';
import { groupAddress, jobAddress, scheduleAddress, searchAddress, workflowAddress } from '../addresses.ts';
import { Moment } from '../when.tsx';
import type { Fact } from './fact-list.tsx';

/** The jobs and other things that a job is tied to; the batch is as it stands, null when that is not known. */
export function tiesOf(job: JobInfo, info: BatchInfo | null): Fact[] {
  const { queue, type, rerunOf, follows, chain, batch, workflow, schedule, options } = job;
  return [
    ['Runs anew', rerunOf && <a href={jobAddress(queue, rerunOf)}>{rerunOf}</a>],
    [
      'Follows',
      follows && <a href={jobAddress(follows.queue, follows.id)}>{`${follows.queue}: ${follows.id}`}</a>,
    ],
    ['Chain', chain && <ChainTie chain={chain} />],
    ['Batch', batch && <BatchTie batch={batch} info={info} />],
    ['Workflow', workflow && <WorkflowTie workflow={workflow} />],
    ['Schedule', schedule && <a href={scheduleAddress(queue, schedule.name)}>{schedule.name}</a>],
    ['Tick', schedule && <Moment at={schedule.tick} />],
    ['Group', options.group && <GroupTie job={{ queue, type }} group={options.group} />],
  ];
}

function ChainTie({ chain }: { chain: NonNullable<JobInfo['chain']> }): VNode {
  const { id, step, steps, nextId } = chain;
  return (
    <>
      step {step} of {steps}, <a href={searchAddress({ id })}>the first is {id}</a>
      {nextId !== null && (
        <>
          , <a href={searchAddress({ id: nextId })}>the next is {nextId}</a>
        </>
      )}
    </>
  );
}

function BatchTie(props: { batch: NonNullable<JobInfo['batch']>; info: BatchInfo | null }): VNode {
  const { batch, info } = props;
  const what = batch.role === 'last' ? 'the job after batch' : 'a member of batch';
  if (info === null) return <>{`${what} ${batch.id} of queue ${batch.queue}`}</>;
  const { state, succeeded, failed, total, lastId } = info;
  const counts = `${numberText(succeeded)} of ${numberText(total)} succeeded, ${numberText(failed)} failed`;
  return (
    <>
      {`${what} ${batch.id} of queue ${batch.queue}, which is ${state}: ${counts}`}
      {batch.role === 'member' && (
        <>
          ; <a href={jobAddress(batch.queue, lastId)}>the job after it is {lastId}</a>
        </>
      )}
    </>
  );
}

function WorkflowTie({ workflow }: { workflow: NonNullable<JobInfo['workflow']> }): VNode {
  const { id, queue, step } = workflow;
  return (
    <>
      step {step} of <a href={workflowAddress(queue, id, {})}>workflow {id}</a> of queue {queue}
    </>
  );
}

function GroupTie(props: {
  job: Pick<JobInfo, 'queue' | 'type'>;
  group: NonNullable<ShownOptions['group']>;
}): VNode {
  const { job, group } = props;
  const link = <a href={groupAddress(job.queue, job.type, group.name)}>{group.name}</a>;
  return group.size === null ? (
    link
  ) : (
    <>
      carries {numberText(group.size)} jobs of {link}
    </>
  );
}
