import { type ErrorInfo, failureOfJob, type JobInfo, signalsText } from '../inspector/inspector.ts';
import { retentionText, timeoutText } from '../inspector/shown-options.ts';
import { type TimelineEntry, timelineOf } from '../inspector/timeline.ts';
import { escapeControls } from '../log-text.ts';
import { durationText, numberText } from '../texts.ts';
import { type TextView, when } from './show.ts';
import { factsText, tableText } from './table.ts';

/** Writes all that is known of a job: its facts, what happened to it, its data, result, newest error and log. */
export function jobText(view: TextView, found: JobInfo): string {
  const { data, result, errors, logs, logsDropped, progress } = found;
  const [newest] = errors;
  return [
    factsText(factsOf(view, found)),
    section('timeline', timelineText(view, timelineOf(found))),
    section('data', jsonText(data)),
    section('progress', progress === null || progress === 0 ? '' : jsonText(progress)),
    section('result', result === null ? '' : jsonText(result)),
    section('newest error', newest ? stackText(newest) : ''),
    section(
      logsDropped > 0 ? `log, without ${numberText(logsDropped)} older lines` : 'log',
      logs
        .map(({ at, level, message }) => `${when(view, at)}  ${level}  ${escapeControls(message)}\n`)
        .join(''),
    ),
  ].join('');
}

function factsOf(view: TextView, { options, ...found }: JobInfo): [string, string | number | null][] {
  return [
    ['id', found.id],
    ['queue', found.queue],
    ['type', found.type],
    ['state', found.state],
    ['outcome', found.outcome],
    ['kind of failure', failureOfJob(found)],
    ['added', `${when(view, found.createdAt)}${found.addedBy === null ? '' : ` by ${found.addedBy}`}`],
    ['waits for', found.awaits && signalsText(found.awaits)],
    ['due', found.state === 'delayed' ? when(view, options.runAt) : null],
    ['attempts', `${found.attempts}, ${options.retriesLeft} retries left`],
    ['timeout', timeoutText(options.timeoutMs)],
    ['key', options.key],
    ['unique', options.unique?.key ?? null],
    ['group', options.group?.name ?? null],
    ['expires', options.expiresAt && when(view, options.expiresAt)],
    ['deadline', options.deadlineAt && when(view, options.deadlineAt)],
    ['stays', retentionText(options.retention)],
    ...tiesOf(view, found),
    ...Object.entries(found.headers).map(([name, value]): [string, string] => [`header ${name}`, value]),
  ];
}

/** What it belongs to, and what goes on after it. */
function tiesOf(
  view: TextView,
  { chain, batch, workflow, follows, schedule, rerunOf }: Omit<JobInfo, 'options'>,
): [string, string | number | null][] {
  return [
    ['schedule', schedule && `${schedule.name}, tick ${when(view, schedule.tick)}`],
    ['runs anew', rerunOf && `job ${rerunOf}`],
    ['follows', follows && `job ${follows.id} of queue ${follows.queue}`],
    ['chain', chain && `step ${chain.step} of ${chain.steps} of chain ${chain.id}`],
    ['batch', batch && `${batch.role} of batch ${batch.id} of queue ${batch.queue}`],
    ['workflow', workflow && `step ${workflow.step} of workflow ${workflow.id} of queue ${workflow.queue}`],
  ];
}

function timelineText(view: TextView, entries: readonly TimelineEntry[]): string {
  const columns = [
    { head: 'WHEN', cell: ({ at }: TimelineEntry) => when(view, at) },
    { head: 'WHAT', cell: entryText },
  ];
  return tableText(columns, entries, view.terminal.columns);
}

function entryText({ text, durationMs, worker, error }: TimelineEntry): string {
  const took = durationMs === null ? '' : ` after ${durationText(durationMs)}`;
  const where = worker === null ? '' : ` in ${worker}`;
  return `${text}${took}${where}${error ? `: ${error.name}: ${error.message}` : ''}`;
}

function stackText({ name, message, stack }: ErrorInfo): string {
  return linesOf(stack ?? `${name}: ${message}`);
}

function jsonText(value: unknown): string {
  return linesOf(JSON.stringify(value, null, 2) ?? '');
}

function linesOf(text: string): string {
  return text
    .split('\n')
    .map((line) => `${escapeControls(line)}\n`)
    .join('');
}

function section(title: string, text: string): string {
  return text === '' ? '' : `\n${title}:\n${text.replace(/^(?=.)/gm, '  ')}`;
}
