import type { CaseMark, CaseVerdict, FailureCase, FailureGroup, Inspector } from '../inspector/inspector.ts';
import { QUEUE_OPERATIONS } from '../inspector/queue-operations.ts';
import { namesOf } from '../names-of.ts';
import { countText, numberText } from '../texts.ts';
import { changed } from './change.ts';
import { type Call, defineCommand } from './command.ts';
import { CommandFailure, EXIT, type ExitCode } from './exit-code.ts';
import { requireQueue } from './require-queue.ts';
import { show, showDry, tableOrNone, when } from './show.ts';
import { type Column, factsText, tableText } from './table.ts';
import { flag, maybe, one, text, whole } from './values.ts';

/**
 * `apiary failures`: groups the failed jobs of a queue by what they died of, shows one group, or says something of it.
 */
export const failures = defineCommand({
  takes: {
    queue: one('the queue'),
    fingerprint: maybe('one kind of failure, as the list has it'),
  },
  options: {
    most: whole('how many jobs are looked at, the newest', { least: 1, most: 10_000, otherwise: 1_000 }),
    ignore: flag('say that this kind is to be ignored'),
    resolve: flag('say that it is resolved; it counts as reopened once a job fails so again'),
    reopen: flag('say that it is open again'),
    inVersion: text('version', 'with --resolve: the version in which it is mended'),
    note: text('text', 'why, or what to do'),
  },
  run: async (call, { queue, fingerprint, most, ...said }) => {
    const verdict = verdictOf(said);
    if (verdict !== null && fingerprint === undefined)
      throw new CommandFailure(EXIT.wrongUse, 'say which kind of failure, by its fingerprint in the list');
    const { inspector } = await call.open();
    await requireQueue(inspector, queue);
    if (fingerprint === undefined) return list(call, inspector, { queue, most });
    if (verdict !== null) {
      const { inVersion: version, note } = said;
      return mark(call, inspector, { queue, fingerprint, order: { verdict, version, note } });
    }
    const found = await inspector.failures.case(queue, fingerprint, { most });
    if (found) return show(call, found, () => caseText(call, found));
    const message = `none of the newest ${numberText(most)} failed jobs of queue ${queue} is of kind ${fingerprint}`;
    throw new CommandFailure(EXIT.notFound, message);
  },
});

interface Said {
  ignore: boolean;
  resolve: boolean;
  reopen: boolean;
  inVersion: string | undefined;
  note: string | undefined;
}

/** Null where nothing is to be said. Throws what ends the command for what excludes each other. */
function verdictOf({ ignore, resolve, reopen, inVersion, note }: Said): CaseVerdict | null {
  const asked = { ignored: ignore, resolved: resolve, open: reopen } satisfies Record<CaseVerdict, boolean>;
  const [verdict = null, ...others] = namesOf(asked).filter((name) => asked[name]);
  if (others.length > 0)
    throw new CommandFailure(EXIT.wrongUse, '--ignore, --resolve and --reopen exclude each other');
  if (inVersion !== undefined && !resolve)
    throw new CommandFailure(EXIT.wrongUse, '--in-version is for --resolve');
  if (note !== undefined && verdict === null)
    throw new CommandFailure(EXIT.wrongUse, '--note is for --ignore, --resolve or --reopen');
  return verdict;
}

async function list(
  call: Call,
  inspector: Inspector,
  { queue, most }: { queue: string; most: number },
): Promise<ExitCode> {
  return show(call, await inspector.failures.groups(queue, { most }), ({ groups, scanned, total }) => {
    const table = tableOrNone(call, columns(call), groups, `no job of queue ${queue} has failed`);
    if (scanned >= total) return table;
    return `${table}the newest ${numberText(scanned)} of ${numberText(total)} failed jobs were looked at\n`;
  });
}

interface Marking {
  queue: string;
  fingerprint: string;
  order: { verdict: CaseVerdict; version: string | undefined; note: string | undefined };
}

async function mark(call: Call, inspector: Inspector, given: Marking): Promise<ExitCode> {
  const { queue, fingerprint, order } = given;
  if (call.shared.dryRun)
    return showDry(call, `kind ${fingerprint} of queue ${queue} would be ${order.verdict}`);
  const { action, run } = QUEUE_OPERATIONS.markFailures;
  const work = () => run(inspector, { queue, by: call.by }, { fingerprint, ...order });
  const told = await changed(call, inspector, { action, queue, id: fingerprint }, work, (done) => done.text);
  const found = await inspector.failures.case(queue, fingerprint);
  const marked = { queue, fingerprint, state: found?.state ?? 'open', mark: found?.mark ?? null };
  return show(call, marked, () => `${told.text}\n`);
}

function columns(call: Call): Column<FailureGroup>[] {
  return [
    { head: 'JOBS', cell: ({ count }) => count },
    { head: 'STATE', cell: ({ state }) => state },
    { head: 'TYPE', cell: ({ type }) => type },
    { head: 'ERROR', cell: ({ message }) => message },
    { head: 'NEWEST', cell: ({ newestAt }) => when(call, newestAt) },
    { head: 'JOB', cell: ({ newestId }) => newestId },
    { head: 'FINGERPRINT', cell: ({ fingerprint }) => fingerprint },
  ];
}

function caseText(call: Call, found: FailureCase): string {
  const { state, mark: said, type, count, scanned, total, firstAt, lastAt, example } = found;
  const facts = factsText([
    ['state', said === null ? state : `${state}, ${markText(call, said)}`],
    ['type', type],
    ['error', example === null ? null : `${example.name}: ${example.message}`],
    [
      'jobs',
      `${numberText(count)} of the newest ${numberText(scanned)} of ${countText(total, 'failed job')}`,
    ],
    ['first', firstAt === null ? null : when(call, firstAt)],
    ['last', lastAt === null ? null : when(call, lastAt)],
    ['versions', shareText(found.versions)],
    ['hosts', shareText(found.hosts)],
    ['keys', shareText(found.keys)],
  ]);
  const stack = example?.stack ? `\n${example.stack}\n` : '';
  const newest: readonly Column<FailureCase['newest'][number]>[] = [
    { head: 'JOB', cell: ({ id }) => id },
    { head: 'FAILED', cell: ({ at }) => when(call, at) },
    { head: 'ATTEMPTS', cell: ({ attempts }) => attempts },
  ];
  const jobs = found.newest.length === 0 ? '' : `\n${tableText(newest, found.newest, call.terminal.columns)}`;
  return facts + stack + jobs;
}

function markText(call: Call, { version, note, by, at }: CaseMark): string {
  const where = version === null ? '' : ` in version ${version}`;
  return `said ${by}${where} ${when(call, at)}${note === null ? '' : `: ${note}`}`;
}

function shareText({ names, others }: FailureCase['hosts']): string | null {
  if (names.length === 0) return null;
  const shown = names.map(({ name, count }) => `${name} (${numberText(count)})`).join(', ');
  return others === 0 ? shown : `${shown} and ${numberText(others)} others`;
}
