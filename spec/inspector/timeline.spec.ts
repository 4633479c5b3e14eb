import { expect } from 'chai';
import type { StoredError, StoredOptions } from '../../lib/engine/record/record.ts';
import type { StoredJob } from '../../lib/engine/record/stored-job.ts';
import { toJobInfo } from '../../lib/inspector/job-info.ts';
import { type TimelineEntry, timelineOf } from '../../lib/inspector/timeline.ts';

const T = Date.parse('2026-01-31T10:00:00.000Z');

/** What is told of a job with these options, by default one that waits. */
function told(options: Partial<StoredOptions>, job: Partial<StoredJob> = {}): TimelineEntry[] {
  const record = {
    data: {},
    options: { timestamp: T, type: 't', ...options },
    status: 'created',
    progress: 0,
  } as const;
  return timelineOf(
    toJobInfo('mail', { id: 'a', state: 'waiting', dueAt: null, privacy: 'no', record, ...job }),
  );
}

const textsOf = (entries: readonly TimelineEntry[]): string[] => entries.map(({ text }) => text);
const failureAt = (attempt: number, facts: Partial<StoredError> = {}): StoredError => ({
  name: 'Error',
  message: `no luck ${attempt}`,
  at: T + attempt * 1_000,
  attempt,
  ...facts,
});
/** Errors of attempts from one to another, newest first, as they are stored. */
const failures = (from: number, to: number) => ({
  errors: Array.from({ length: to - from + 1 }, (_, back) => failureAt(to - back)),
});
const archived = { name: 'Archived', message: 'archived by ada', at: T + 9_000, attempt: 0 };

describe('the timeline of a job', () => {
  const CASES: {
    what: string;
    options: Partial<StoredOptions>;
    job?: Partial<StoredJob>;
    texts: string[];
  }[] = [
    { what: 'that waits', options: {}, texts: ['added by a producer', 'waits for attempt 1'] },
    {
      what: 'whose adder said who it is',
      options: { addedBy: 'shop' },
      texts: ['added by shop', 'waits for attempt 1'],
    },
    {
      what: 'of a schedule',
      options: { schedule: { name: 'nightly', tick: T } },
      texts: ['added by schedule nightly for its tick of 2026-01-31T10:00:00.000Z', 'waits for attempt 1'],
    },
    {
      what: 'that follows another',
      options: {
        addedBy: 'shop',
        links: { follows: { queue: 'q', id: 'x' }, chain: { id: 'c', step: 2, steps: 3 } },
      },
      texts: [
        'added by shop and the success of job x of queue q, step 2 of 3 of chain c',
        'waits for attempt 1',
      ],
    },
    {
      what: 'of a batch',
      options: { links: { batch: { id: 'b', queue: 'q' } } },
      texts: ['added by a producer, a member of batch b', 'waits for attempt 1'],
    },
    {
      what: 'after a batch',
      options: { links: { concludes: { id: 'b', queue: 'q', total: 1, succeeded: 1, failed: 0 } } },
      texts: ['added by the end of batch b', 'waits for attempt 1'],
    },
    {
      what: 'that carries a group',
      options: { group: { name: 'g', size: 7 } },
      texts: ['added by group g, of which it carries 7 jobs', 'waits for attempt 1'],
    },
    {
      what: 'that was delayed',
      options: { delay: T + 60_000 },
      texts: ['added by a producer', 'delayed until 2026-01-31T10:01:00.000Z', 'waits for attempt 1'],
    },
    {
      what: 'that is delayed',
      options: { delay: T + 60_000 },
      job: { state: 'delayed', dueAt: T + 60_000 },
      texts: ['added by a producer', 'due for attempt 1'],
    },
    {
      what: 'that runs',
      options: {},
      job: { state: 'active' },
      texts: ['added by a producer', 'a worker has it for attempt 1'],
    },
    {
      what: 'that succeeded',
      options: { run: [1, T + 5, 7, 'h:1'] },
      job: { state: 'succeeded' },
      texts: ['added by a producer', 'attempt 1 began', 'ended: succeeded'],
    },
    {
      what: 'that succeeded under a stock worker after a failure here',
      options: { run: [1, T + 5, 7, 'h:1'], ...failures(1, 1) },
      job: { state: 'succeeded' },
      texts: ['added by a producer', 'attempt 1 began', 'attempt 1 failed', 'ended: succeeded'],
    },
    {
      what: 'that waits for another attempt',
      options: { run: [2, T + 1_500, 500, 'h:1'], ...failures(1, 2) },
      texts: [
        'added by a producer',
        'attempt 1 failed',
        'attempt 2 began',
        'attempt 2 failed',
        'waits for attempt 3',
      ],
    },
    {
      what: 'that failed under a stock worker',
      options: { stacktraces: ['Error: second', 'Error: first'] },
      job: { state: 'failed' },
      texts: ['added by a producer', 'an attempt failed', 'an attempt failed', 'ended: failed'],
    },
    {
      what: 'that was archived before it ran',
      options: { errors: [archived], stacktraces: ['archived by ada'], outcome: 'discarded' },
      job: { state: 'failed' },
      texts: ['added by a producer', 'archived by ada', 'ended: discarded'],
    },
    {
      what: 'that was cancelled after an attempt, and put back',
      options: {
        run: [1, T, 1_000, 'h:1'],
        errors: [{ ...archived, name: 'Cancelled', message: 'cancelled by ada', attempt: 1 }, failureAt(1)],
        stacktraces: ['cancelled by ada', 'Error: no luck 1'],
      },
      texts: [
        'added by a producer',
        'attempt 1 began',
        'attempt 1 failed',
        'cancelled by ada',
        'waits for attempt 2',
      ],
    },
    {
      what: 'whose handler throws what looks like a note',
      options: {
        run: [1, T, 1, 'h:1'],
        errors: [{ ...archived, attempt: 1 }],
        stacktraces: ['Archived: …\n  at x'],
      },
      job: { state: 'failed' },
      texts: ['added by a producer', 'attempt 1 began', 'attempt 1 failed', 'ended: failed'],
    },
    ...(
      [
        ['JOB_TIMED_OUT', 'attempt 1 ran out of its time'],
        ['JOB_CANCELLED', 'attempt 1 was cancelled'],
        ['JOB_EXPIRED', 'attempt 1 came too late'],
        ['JOB_LOST', 'attempt 1 was lost with its worker'],
        ['toString', 'attempt 1 failed'],
      ] as const
    ).map(([code, text]) => ({
      what: `with an error ${code}`,
      options: { errors: [failureAt(1, { name: 'ApiaryError', code })] },
      job: { state: 'failed' } as const,
      texts: ['added by a producer', text, 'ended: failed'],
    })),
    {
      what: 'whose handler throws an error with a code of ours',
      options: { errors: [failureAt(1, { code: 'JOB_LOST' })] },
      job: { state: 'failed' },
      texts: ['added by a producer', 'attempt 1 failed', 'ended: failed'],
    },
    {
      what: 'with ten failures, all there were',
      options: failures(1, 10),
      job: { state: 'failed' },
      texts: [
        'added by a producer',
        ...Array.from({ length: 10 }, (_, at) => `attempt ${at + 1} failed`),
        'ended: failed',
      ],
    },
    {
      what: 'with more failures than are kept',
      options: failures(5, 14),
      job: { state: 'failed' },
      texts: [
        'added by a producer',
        '4 more failed before; the last 10 errors are kept',
        ...Array.from({ length: 10 }, (_, at) => `attempt ${at + 5} failed`),
        'ended: failed',
      ],
    },
    {
      what: 'with ten failures under stock workers',
      options: { stacktraces: Array.from({ length: 10 }, () => 'Error: x') },
      job: { state: 'failed' },
      texts: [
        'added by a producer',
        'the last 10 errors are kept; there may have been more before',
        ...Array.from({ length: 10 }, () => 'an attempt failed'),
        'ended: failed',
      ],
    },
  ];
  for (const { what, options, job, texts } of CASES) {
    it(`is that of one ${what}`, () => {
      expect(textsOf(told(options, job))).to.deep.equal(texts);
    });
  }

  it('tells when, where, how long and why attempts failed', () => {
    const first = failureAt(1, { worker: 'h:1', durationMs: 40 });
    const second = failureAt(2);
    const entries = told(
      { run: [2, T + 1_700, 300, 'h:2'], errors: [second, first] },
      { state: 'delayed', dueAt: T + 60_000 },
    );

    expect(entries.slice(1)).to.deep.equal([
      {
        kind: 'failed',
        text: 'attempt 1 failed',
        at: T + 1_000,
        attempt: 1,
        worker: 'h:1',
        durationMs: 40,
        error: { name: 'Error', message: 'no luck 1' },
      },
      {
        kind: 'began',
        text: 'attempt 2 began',
        at: T + 1_700,
        attempt: 2,
        worker: 'h:2',
        durationMs: null,
        error: null,
      },
      {
        kind: 'failed',
        text: 'attempt 2 failed',
        at: T + 2_000,
        attempt: 2,
        worker: 'h:2',
        durationMs: 300,
        error: { name: 'Error', message: 'no luck 2' },
      },
      {
        kind: 'due',
        text: 'due for attempt 3',
        at: T + 60_000,
        attempt: 3,
        worker: null,
        durationMs: null,
        error: null,
      },
    ]);
  });

  it('tells when and where a success ended', () => {
    const entries = told({ run: [1, T + 5, 7, 'h:1'] }, { state: 'succeeded' });

    expect(entries.at(-1)).to.include({ at: T + 12, worker: 'h:1', durationMs: 7, attempt: 1 });
  });

  it('knows no times of attempts under stock workers', () => {
    const entries = told({ stacktraces: ['Error: x'] }, { state: 'failed' });

    expect(entries.map(({ at }) => at)).to.deep.equal([T, null, null]);
    expect(entries[1]).to.deep.include({ attempt: null, error: { name: 'Error', message: 'Error: x' } });
  });

  it('knows no time of a record that has none', () => {
    const entries = told({ timestamp: 'never' as unknown as number, delay: T });

    expect(entries.map(({ at }) => at)).to.deep.equal([null, null, null]);
    expect(textsOf(entries)).to.include('delayed until 2026-01-31T10:00:00.000Z');
  });
});
