import { expect } from 'chai';
import { type Edit, openCompiler, type SpecCompiler } from './support/compiler.ts';

/** A member added to a closed list, and the files that are to be touched with it. */
const ADDED: readonly (Edit & { what: string; files: readonly string[] })[] = [
  {
    what: 'a job option',
    file: 'lib/jobs/options.ts',
    before: '  retries?: number | undefined;\n',
    after: '  retries?: number | undefined;\n  colour?: string;\n',
    files: ['lib/jobs/options.ts'],
  },
  {
    what: 'an option in the record',
    file: 'lib/engine/record/record.ts',
    before: '  retries?: number;\n',
    after: '  retries?: number;\n  colour?: string;\n',
    files: ['lib/inspector/shown-options.ts'],
  },
  {
    what: 'an option that is shown',
    file: 'lib/inspector/shown-options.ts',
    before: '  retriesLeft: number;\n',
    after: '  retriesLeft: number;\n  colour: string | null;\n',
    files: ['lib/inspector/shown-options.ts', 'lib/server/api/option-schemas.ts'],
  },
  {
    what: 'an outcome of an attempt',
    file: 'lib/engine/record/settlement.ts',
    before: "  | { kind: 'interrupted' };",
    after: "  | { kind: 'interrupted' }\n  | { kind: 'vanished' };",
    files: [
      'lib/engine/bee/bee-worker.ts',
      'lib/engine/record/settlement.ts',
      'lib/testing/job-report.ts',
      'lib/worker/report.ts',
    ],
  },
  {
    what: 'an outcome of a job',
    file: 'lib/engine/record/record.ts',
    before: "'expired', 'lost'] as const",
    after: "'expired', 'lost', 'vanished'] as const",
    files: ['lib/server/pages/job-mark.tsx'],
  },
  {
    what: 'an event of a worker',
    file: 'lib/worker/events.ts',
    before: "  'job:fenced': [job: JobFacts];\n",
    after: "  'job:fenced': [job: JobFacts];\n  'job:praised': [job: JobFacts];\n",
    files: ['lib/count-events.ts'],
  },
  {
    what: 'something that is counted',
    file: 'lib/server/metrics/job-tally.ts',
    before: "  started: 'Attempts begun.',\n",
    after: "  started: 'Attempts begun.',\n  praised: 'Jobs that were praised.',\n",
    files: ['lib/server/metrics/job-tally.ts', 'lib/server/metrics/metrics.ts'],
  },
  {
    what: 'a limit of a queue and of its keys',
    file: 'lib/engine/limits/limits.ts',
    before: '  rate?: RateLimit | undefined;\n',
    after: '  rate?: RateLimit | undefined;\n  bytes?: number;\n',
    files: [
      'lib/engine/limits/limits.ts',
      'lib/engine/limits/why-limited.ts',
      'lib/inspector/limits-text.ts',
      'lib/server/api/limit-routes.ts',
    ],
  },
  {
    what: 'a limit of a queue alone',
    file: 'lib/engine/limits/limits.ts',
    before: '  fair?: boolean | undefined;\n',
    after: '  fair?: boolean | undefined;\n  colour?: string;\n',
    files: ['lib/engine/limits/limits.ts', 'lib/inspector/limits-text.ts', 'lib/server/api/limit-routes.ts'],
  },
  {
    what: 'a state of jobs',
    file: 'lib/engine/keys.ts',
    before: "'succeeded', 'failed'] as const",
    after: "'succeeded', 'failed', 'parked'] as const",
    files: [
      'lib/engine/queries/newest-first.ts',
      'lib/engine/queries/queries.ts',
      'lib/engine/queries/why.ts',
      'lib/engine/repairs/find.ts',
      'lib/engine/transfer/export-queue.ts',
      'lib/inspector/merged-page.ts',
      'lib/inspector/timeline.ts',
      'lib/server/api/api-schemas.ts',
      'lib/server/arena/arena-page.ts',
      'lib/server/pages/job-mark.tsx',
    ],
  },
  {
    what: 'a Redis key',
    file: 'lib/engine/keys.ts',
    before: "  'losses',\n",
    after: "  'losses',\n  'praises',\n",
    files: ['lib/engine/key-types.ts'],
  },
  {
    what: 'an option of a schedule',
    file: 'lib/jobs/schedule.ts',
    before: '  missed?: MissedPolicy | undefined;\n',
    after: '  missed?: MissedPolicy | undefined;\n  colour?: string;\n',
    files: ['lib/jobs/schedule.ts'],
  },
  {
    what: 'a setting',
    file: 'lib/config-shape.ts',
    before: '  readonly queuePrefix: string;\n',
    after: '  readonly queuePrefix: string;\n  readonly colour: string;\n',
    files: ['lib/config.ts'],
  },
  {
    what: 'an error code',
    file: 'lib/errors.ts',
    before: "  JOB_EXISTS: '",
    after: "  JOB_PRAISED: 'the job was praised',\n  JOB_EXISTS: '",
    files: ['lib/cli/exit-code.ts', 'lib/server/problem.ts'],
  },
  {
    what: 'an operation on jobs',
    file: 'lib/inspector/operations.ts',
    before: '  edit: {\n',
    after:
      "  praise: { action: 'praise', summary: 'Praises it.', states: IDLE, done: 'praised', told: () => 'Praised.', answer: () => ({}), run: (inspector, { queue, id }) => inspector.retry(queue, id) },\n  edit: {\n",
    files: ['lib/server/api/queue-routes.ts', 'lib/server/pages/job/job-buttons.tsx'],
  },
];

/** A part taken out of one member of a closed list, which is then missed where the list is. */
const FORGOTTEN: readonly (Edit & { what: string })[] = [
  {
    what: 'an option without its way into the record',
    file: 'lib/jobs/options.ts',
    before: '    store: (cost, stored) => {\n      if (cost !== 1) stored.cost = cost;\n    },\n',
    after: '',
  },
  {
    what: 'an option without its schema',
    file: 'lib/server/api/option-schemas.ts',
    before:
      "  delayMs: z.int().min(0).optional().meta({ description: 'earliest start, counted from now' }),\n",
    after: '',
  },
  {
    what: 'an operation without its states',
    file: 'lib/inspector/operations.ts',
    before: "    states: BULK_STATES.promote,\n    done: 'promoted',\n",
    after: "    done: 'promoted',\n",
  },
  {
    what: 'a rule of retries without what it waits',
    file: 'lib/engine/pump/backoff.ts',
    before: '  fixed: ({ delay }) => delay,\n',
    after: '  fixed: () => {},\n',
  },
  {
    what: 'an HTTP route without its scope',
    file: 'lib/server/api/limit-routes.ts',
    before: "      operationId: 'liftLimits',\n      scope: 'operate',\n",
    after: "      operationId: 'liftLimits',\n",
  },
  {
    what: 'a column of the overview without its cell',
    file: 'lib/server/pages/overview/queues-section.tsx',
    before: "  { number: 'Grouped', cell: ({ grouped }) => <Cell count={grouped} /> },\n",
    after: "  { number: 'Grouped' },\n",
  },
  {
    what: 'a button of Arena for what is no operation',
    file: 'lib/server/arena/arena-actions.ts',
    before: "named('promote', onOne(inspector, 'promote'))",
    after: "named('praise', onOne(inspector, 'promote'))",
  },
  {
    what: 'an operation on queues without its name in the audit stream',
    file: 'lib/inspector/queue-operations.ts',
    before: "    action: 'refill',\n",
    after: '',
  },
];

describe('the compiler', () => {
  let compiler: SpecCompiler;

  before(() => {
    compiler = openCompiler();
  });

  after(() => compiler.close());

  it('has nothing against these files as they are', () => {
    const files = new Set([...ADDED.flatMap((one) => one.files), ...FORGOTTEN.map(({ file }) => file)]);

    expect(compiler.broken([...files])).to.deep.equal([]);
  });

  for (const { what, files, ...edit } of ADDED) {
    it(`names what else is to be touched with ${what}`, () => {
      expect(compiler.brokenBy(edit, files)).to.deep.equal(files);
    });
  }

  for (const { what, ...edit } of FORGOTTEN) {
    it(`refuses ${what}`, () => {
      expect(compiler.brokenBy(edit, [edit.file])).to.deep.equal([edit.file]);
    });
  }
});
