import type { ErrorInfo, JobInfo } from '../inspector/inspector.ts';
import { type TimelineEntry, timelineOf } from '../inspector/timeline.ts';
import { escapeControls } from '../log-text.ts';
import { durationText, numberText } from '../texts.ts';
import { type Call, defineCommand } from './command.ts';
import { JOB_WORDS, jobOfWords } from './job-words.ts';
import { show, when } from './show.ts';
import { factsText, tableText } from './table.ts';

/** `apiary job`: shows one job, with what happened to it. */
export const job = defineCommand({
  takes: JOB_WORDS,
  options: {},
  run: async (call, words) => {
    const { inspector } = await call.open();
    return show(call, await jobOfWords(inspector, words), (found) => jobText(call, found));
  },
});

function jobText(call: Call, found: JobInfo): string {
  const { data, result, errors, logs, logsDropped, progress } = found;
  const [newest] = errors;
  return [
    factsText(factsOf(call, found)),
    section('timeline', timelineText(call, timelineOf(found))),
    section('data', jsonText(data)),
    section('progress', progress === null || progress === 0 ? '' : jsonText(progress)),
    section('result', result === null ? '' : jsonText(result)),
    section('newest error', newest ? stackText(newest) : ''),
    section(
      logsDropped > 0 ? `log, without ${numberText(logsDropped)} older lines` : 'log',
      logs
        .map(({ at, level, message }) => `${when(call, at)}  ${level}  ${escapeControls(message)}\n`)
        .join(''),
    ),
  ].join('');
}

function factsOf(call: Call, { options, ...found }: JobInfo): [string, string | number | null][] {
  const { chain, batch, follows, schedule } = found;
  return [
    ['id', found.id],
    ['queue', found.queue],
    ['type', found.type],
    ['state', found.state],
    ['outcome', found.outcome],
    ['added', `${when(call, found.createdAt)}${found.addedBy === null ? '' : ` by ${found.addedBy}`}`],
    ['due', found.state === 'delayed' ? when(call, options.runAt) : null],
    ['attempts', `${found.attempts}, ${options.retriesLeft} retries left`],
    ['timeout', options.timeoutMs && durationText(options.timeoutMs)],
    ['key', options.key],
    ['unique', options.unique?.key ?? null],
    ['group', options.group?.name ?? null],
    ['expires', options.expiresAt === null ? null : when(call, options.expiresAt)],
    ['deadline', options.deadlineAt === null ? null : when(call, options.deadlineAt)],
    ['schedule', schedule && `${schedule.name}, tick ${when(call, schedule.tick)}`],
    ['follows', follows && `job ${follows.id} of queue ${follows.queue}`],
    ['chain', chain && `step ${chain.step} of ${chain.steps} of chain ${chain.id}`],
    ['batch', batch && `${batch.role} of batch ${batch.id} of queue ${batch.queue}`],
    ...Object.entries(found.headers).map(([name, value]): [string, string] => [`header ${name}`, value]),
  ];
}

function timelineText(call: Call, entries: readonly TimelineEntry[]): string {
  const columns = [
    { head: 'WHEN', cell: ({ at }: TimelineEntry) => when(call, at) },
    { head: 'WHAT', cell: entryText },
  ];
  return tableText(columns, entries, call.terminal.columns);
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
