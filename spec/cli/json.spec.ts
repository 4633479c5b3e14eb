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
  'shards',
  'export',
  'import',
  'forget',
  'reencrypt',
  'contracts check',
  'contracts list',
  'events',
  'outbox sql',
] as const;

/** How any kind of failure is named. */
const KIND = 'f'.repeat(16);

describe('--json', () => {
  let api: SpecApi;
  const queue = testQueueName();
  const batch = testQueueName();
  const flow = testQueueName();

  before(async () => {
    api = await startApi();
    await apiary(['add', 'job', '1', '--queue', queue, '--id', 'kept']);
    await apiary(['add', 'job', '1', '--queue', queue, '--id', 'moving']);
    await apiary(['add', 'job', '1', '--queue', queue, '--group', 'g1']);
    await apiary(['add', 'job', '1', '--queue', queue, '--options', '{"unique":{"key":"k"}}']);
    const one = { type: SendEmail.type, data: { to: 'ada@example.com' } };
    await api.call('POST', '/v1/workflows', { body: { id: flow, steps: [{ name: 'a', ...one }] } });
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
    signal: [
      {
        words: ['signal', queue, 'a1', '--name', 'go'],
        call: `POST /v1/queues/${queue}/jobs/a1/signals/go`,
      },
    ],
    log: [{ words: ['log', queue, 'a1', '--message', 'x'], call: `POST /v1/queues/${queue}/jobs/a1/logs` }],
    move: [
      {
        words: ['move', queue, 'moving', '--to', `${queue}-2`],
        call: `POST /v1/queues/${queue}/jobs/moving/move`,
      },
    ],
    archive: [{ words: ['archive', queue, 'a1'], call: `POST /v1/queues/${queue}/jobs/a1/archive` }],
    failures: [
      { words: ['failures', queue], call: `GET /v1/queues/${queue}/failures` },
      {
        words: ['failures', queue, KIND, '--ignore'],
        call: `PUT /v1/queues/${queue}/failures/${KIND}`,
      },
      { words: ['failures', queue, KIND], call: `GET /v1/queues/${queue}/failures/${KIND}` },
    ],
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
    unique: [
      { words: ['unique', queue, 'k'], call: `GET /v1/queues/${queue}/unique-keys/k` },
      { words: ['unique', queue, 'k', '--free'], call: `DELETE /v1/queues/${queue}/unique-keys/k` },
    ],
    workers: [{ words: ['workers'], call: 'GET /v1/workers' }],
    search: [
      { words: ['search', 'kept'], call: 'GET /v1/search' },
      { words: ['search', '--queue', queue, '--state', 'waiting'], call: 'GET /v1/search' },
    ],
    times: [{ words: ['times', queue, '--span', 'day'], call: `GET /v1/queues/${queue}/times` }],
    stats: [
      { words: ['stats', queue], call: `GET /v1/queues/${queue}/rates`, part: ({ rates }) => rates },
      { words: ['stats', queue], call: `GET /v1/queues/${queue}/history`, part: ({ days }) => ({ days }) },
    ],
    alerts: [{ words: ['alerts'], call: 'GET /v1/alerts' }],
    audit: [{ words: ['audit'], call: 'GET /v1/audit' }],
    groups: [{ words: ['groups', queue], call: `GET /v1/queues/${queue}/groups` }],
    batches: [
      { words: ['batches', 'mail'], call: 'GET /v1/queues/mail/batches' },
      { words: ['batches', 'mail', batch], call: `GET /v1/queues/mail/batches/${batch}` },
    ],
    workflows: [{ words: ['workflows', 'mail'], call: 'GET /v1/queues/mail/workflows' }],
    workflow: [
      { words: ['workflow', flow], call: `GET /v1/queues/mail/workflows/${flow}` },
      { words: ['workflow', flow, '--cancel'], call: `POST /v1/queues/mail/workflows/${flow}/cancel` },
      { words: ['workflow', flow, '--retry'], call: `POST /v1/queues/mail/workflows/${flow}/retry` },
      { words: ['workflow', flow, '--cancel'], call: `POST /v1/queues/mail/workflows/${flow}/cancel` },
      { words: ['workflow', flow, '--rerun', 'a'], call: `POST /v1/queues/mail/workflows/${flow}/rerun` },
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
      it(`of ${name} is as ${call.replace(queue, 'q').replace(batch, 'b1').replace(flow, 'w1')} answers${at > 0 ? `, ${at + 1}` : ''}`, async () => {
        const printed = (await apiaryJson(words)) as Record<string, unknown>;

        const [method = '', path = ''] = call.split(' ');
        api.requireDocumented({ method, path, status, contentType: 'application/json', body: part(printed) });
      });
    }
  }
});
