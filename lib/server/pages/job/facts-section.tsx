import type { ComponentChildren, VNode } from 'preact';
import {
  type BatchInfo,
  DEFAULT_PRIORITY,
  type JobInfo,
  LOWEST_PRIORITY,
  type ShownOptions,
  signalsText,
} from '../../../inspector/inspector.ts';
import { retentionText, timeoutText } from '../../../inspector/shown-options.ts';
import { durationText, numberText } from '../../../texts.ts';
import { groupAddress, jobAddress, scheduleAddress, searchAddress, workflowAddress } from '../addresses.ts';
import { Moment } from '../when.tsx';
import { toJsonText } from './json-text.ts';

/** A job, and its batch as it stands; null when it is of none, or that is over for long. */
export interface FactsSectionProps {
  job: JobInfo;
  batch: BatchInfo | null;
}

/** A name, and what is so; null for what is not. */
type Fact = readonly [name: string, value: ComponentChildren];

/** The options of a job, and what it is tied to. */
export function FactsSection({ job, batch }: FactsSectionProps): VNode {
  const facts = [...tiesOf(job, batch), ...optionsOf(job), ...headersOf(job), ...effectsOf(job)];
  return (
    <section aria-labelledby="facts-title">
      <h2 id="facts-title">Options and ties</h2>
      <dl class="facts" id="facts">
        {facts
          .filter(([, value]) => value !== null)
          .map(([name, value]) => (
            <>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </>
          ))}
      </dl>
    </section>
  );
}

function tiesOf(job: JobInfo, info: BatchInfo | null): Fact[] {
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

function optionsOf({ options, attempts, progress, awaits }: JobInfo): Fact[] {
  return [
    ['Attempts made', numberText(attempts)],
    ['Waits for', awaits && signalsText(awaits)],
    ...factsOfOptions(options),
    ['Progress', progress === 0 || progress === null ? null : <code>{toJsonText(progress).text}</code>],
  ];
}

/** A row for each option; one that has none of its own is shown by its name. */
function factsOfOptions(options: ShownOptions): Fact[] {
  const own = ownFacts(options);
  const others = Object.entries(options).filter(([name]) => !Object.hasOwn(own, name));
  const plain = others.map(([name, value]): Fact => [name, value === null ? null : toJsonText(value).text]);
  return [...Object.values(own).filter((fact) => fact !== null), ...plain];
}

/** The rows that have words of their own; null for what is shown elsewhere on the page. */
function ownFacts(options: ShownOptions): Partial<Record<keyof ShownOptions, Fact | null>> {
  const { retriesLeft, timeoutMs, backoff, unique, key, cost, priority, front } = options;
  const { expiresAt, deadlineAt, retention } = options;
  return {
    key: ['Key', key],
    retriesLeft: ['Retries left', numberText(retriesLeft)],
    timeoutMs: ['Timeout', timeoutText(timeoutMs)],
    backoff: ['Back-off', backoff && backoffText(backoff)],
    unique: ['Unique key', unique && uniqueText(unique)],
    cost: ['Cost', cost === 1 ? null : numberText(cost)],
    priority: ['Priority', priority === DEFAULT_PRIORITY ? null : priorityText(priority)],
    front: ['Place', front ? 'before those of its priority that wait' : null],
    expiresAt: ['Begins before', expiresAt === null ? null : <Moment at={expiresAt} />],
    deadlineAt: ['Ends before', deadlineAt === null ? null : <Moment at={deadlineAt} />],
    retention: ['Stays', retentionText(retention)],
    // In the timeline, and among the ties.
    runAt: null,
    group: null,
  };
}

function priorityText(priority: number): string {
  return `${priority}, of 0 (first) to ${LOWEST_PRIORITY}`;
}

function backoffText({ type, delayMs, maxDelayMs }: NonNullable<ShownOptions['backoff']>): string {
  const most = maxDelayMs === null ? '' : `, at most ${durationText(maxDelayMs)}`;
  return `${type}, ${durationText(delayMs)}${most}`;
}

function uniqueText({ key, ttlMs, release }: NonNullable<ShownOptions['unique']>): string {
  const held = ttlMs === null ? '' : `, held for ${durationText(ttlMs)}`;
  return `${key}${held}${release === 'ttl' ? ', whenever it ends' : ''}`;
}

function headersOf({ headers }: JobInfo): Fact[] {
  return Object.entries(headers).map(([name, value]) => [`Header ${name}`, String(value)]);
}

function effectsOf({ once }: JobInfo): Fact[] {
  return once.map(({ key, at }) => [
    `Done once: ${key}`,
    <>
      at <Moment at={at} />
    </>,
  ]);
}
