import type { CLI_COMMANDS } from '../../lib/cli/commands.ts';
import { testQueueName } from '../../lib/testing/test-queue-name.ts';
import { SendEmail, type SpecApi, startApi } from '../support/api.ts';
import { apiary, apiaryJson } from '../support/command-line.ts';

/** What a command prints, and as the answer to which call of the API it is to be read. */
interface Printed {
  words: readonly string[];
  call: string;
  status?: number;
  /** Picks from what is printed what that call answers; default all of it. */
  part?: (printed: Record<string, unknown>) => unknown;
}

type CommandName = keyof typeof CLI_COMMANDS;

/** What has no call of its own in the API: other specs have its shape. */
const OWN_SHAPE = [
  'top',
  'doctor',
  'export',
  'import',
  'contracts check',
  'contracts list',
  'events',
] as const;

describe('--json', () => {
  let api: SpecApi;
  const queue = testQueueName();
  const batch = testQueueName();

  before(async () => {
    api = await startApi();
    await apiary(['add', 'job', '1', '--queue', queue, '--id', 'kept']);
    await apiary(['add', 'job', '1', '--queue', queue, '--group', 'g1']);
    const one = { type: SendEmail.type, data: { to: 'ada@example.com' } };
    await api.call('POST', '/v1/batches', { body: { id: batch, jobs: [one], last: one } });
  });

  after(() => api.close());

  /** Every command that answers as a call of the API does, in an order in which each finds what it needs. */
  const PRINTED: Record<Exclude<CommandName, (typeof OWN_SHAPE)[number]>, Printed[]> = {
    add: [
      {
        words: ['add', 'job', '{"a":1}', '--queue', queue, '--id', 'a1'],
        call: 'POST /v1/jobs',
        status: 201,
      },
      { words: ['add', 'job', '{"a":1}', '--queue', queue, '--id', 'a1'], call: 'POST /v1/jobs' },
    ],
    queues: [{ words: ['queues'], call: 'GET /v1/queues' }],
    queue: [{ words: ['queue', queue], call: `GET /v1/queues/${queue}` }],
    jobs: [{ words: ['jobs', queue], call: `GET /v1/queues/${queue}/jobs` }],
    job: [{ words: ['job', queue, 'a1'], call: `GET /v1/queues/${queue}/jobs/a1` }],
    why: [{ words: ['why', queue, 'a1'], call: `GET /v1/queues/${queue}/jobs/a1/why` }],
    edit: [{ words: ['edit', queue, 'a1', '--data', '2'], call: `PATCH /v1/queues/${queue}/jobs/a1` }],
    archive: [{ words: ['archive', queue, 'a1'], call: `POST /v1/queues/${queue}/jobs/a1/archive` }],
    failures: [{ words: ['failures', queue], call: `GET /v1/queues/${queue}/failures` }],
    retry: [
      { words: ['retry', queue, 'a1'], call: `POST /v1/queues/${queue}/jobs/a1/retry` },
      { words: ['retry', queue, '--state', 'failed', '--yes'], call: `POST /v1/queues/${queue}/retry` },
    ],
    cancel: [{ words: ['cancel', queue, 'a1'], call: `POST /v1/queues/${queue}/jobs/a1/cancel` }],
    remove: [{ words: ['remove', queue, 'a1'], call: `DELETE /v1/queues/${queue}/jobs/a1` }],
    promote: [
      { words: ['promote', queue, '--state', 'delayed', '--yes'], call: `POST /v1/queues/${queue}/promote` },
    ],
    pause: [{ words: ['pause', queue], call: `POST /v1/queues/${queue}/pause` }],
    resume: [{ words: ['resume', queue], call: `POST /v1/queues/${queue}/resume` }],
    limits: [
      { words: ['limits', queue, '--max-waiting', '50'], call: `PUT /v1/queues/${queue}/limits` },
      { words: ['limits', queue], call: `GET /v1/queues/${queue}/limits` },
      { words: ['limits', queue, '--lift'], call: `DELETE /v1/queues/${queue}/limits` },
    ],
    workers: [{ words: ['workers'], call: 'GET /v1/workers' }],
    search: [
      { words: ['search', 'kept'], call: 'GET /v1/search' },
      { words: ['search', '--queue', queue, '--state', 'waiting'], call: 'GET /v1/search' },
    ],
    stats: [
      { words: ['stats', queue], call: `GET /v1/queues/${queue}/rates`, part: ({ rates }) => rates },
      { words: ['stats', queue], call: `GET /v1/queues/${queue}/history`, part: ({ days }) => ({ days }) },
    ],
    audit: [{ words: ['audit'], call: 'GET /v1/audit' }],
    groups: [{ words: ['groups', queue], call: `GET /v1/queues/${queue}/groups` }],
    batches: [
      { words: ['batches', 'mail'], call: 'GET /v1/queues/mail/batches' },
      { words: ['batches', 'mail', batch], call: `GET /v1/queues/mail/batches/${batch}` },
    ],
    'schedules put': [
      {
        words: ['schedules', 'put', queue, 'daily', 'job', '1', '--cron', '@daily'],
        call: `PUT /v1/queues/${queue}/schedules/daily`,
        status: 201,
      },
    ],
    'schedules list': [{ words: ['schedules', 'list'], call: 'GET /v1/schedules' }],
    'schedules next': [
      { words: ['schedules', 'next', queue, 'daily'], call: `GET /v1/queues/${queue}/schedules/daily/next` },
    ],
    'schedules pause': [
      {
        words: ['schedules', 'pause', queue, 'daily'],
        call: `POST /v1/queues/${queue}/schedules/daily/pause`,
      },
    ],
    'schedules resume': [
      {
        words: ['schedules', 'resume', queue, 'daily'],
        call: `POST /v1/queues/${queue}/schedules/daily/resume`,
      },
    ],
    'schedules fire': [
      { words: ['schedules', 'fire', queue, 'daily'], call: `POST /v1/queues/${queue}/schedules/daily/fire` },
    ],
    'schedules remove': [
      { words: ['schedules', 'remove', queue, 'daily'], call: `DELETE /v1/queues/${queue}/schedules/daily` },
    ],
  };

  for (const [name, all] of Object.entries(PRINTED)) {
    for (const [
      at,
      { words, call, status = 200, part = (whole: Record<string, unknown>): unknown => whole },
    ] of all.entries()) {
      it(`of ${name} is as ${call.replace(queue, 'q').replace(batch, 'b1')} answers${at > 0 ? `, ${at + 1}` : ''}`, async () => {
        const printed = (await apiaryJson(words)) as Record<string, unknown>;

        const [method = '', path = ''] = call.split(' ');
        api.requireDocumented({ method, path, status, contentType: 'application/json', body: part(printed) });
      });
    }
  }
});
