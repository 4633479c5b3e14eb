import { expect } from 'chai';
import { z } from 'zod';
import { defineJob } from '../../../../lib/jobs/define.ts';
import { jobFor } from '../../../../lib/jobs/planned-job.ts';
import { SCRIPTS } from '../../../../lib/server/pages/assets.ts';
import { openMonitor, QUEUE, type SpecMonitor } from '../../../support/monitor.ts';
import { type ReadPage, readPage } from '../../../support/read-page.ts';

const ATTACK = '</pre><script>alert(1)</script><img src=x onerror="alert(1)">';

/** Moving is a run, as from a search. */
const MOVE = '/search/change';

describe('the page of a job', () => {
  let monitor: SpecMonitor;

  beforeEach(async () => {
    monitor = await openMonitor();
  });
  afterEach(() => monitor.close());

  const show = (id: string, queue = QUEUE): Promise<ReadPage> =>
    readPage(monitor, `/queues/${encodeURIComponent(queue)}/jobs/${encodeURIComponent(id)}`);
  const actionsOf = ({ html }: ReadPage, id: string): string[] =>
    [...html.matchAll(/<form method="post" action="([^"]*)"/g)].map(([, action = '']) =>
      action.replace(`/actions/queues/${QUEUE}/jobs/${id}/`, ''),
    );
  /** Writes into the stored options of a job, as a worker or another program would. */
  const rewrite = async (id: string, change: (options: Record<string, unknown>) => void): Promise<void> => {
    const key = `${monitor.prefix}:${QUEUE}:jobs`;
    const record = JSON.parse((await monitor.client.hget(key, id)) ?? '');
    change(record.options);
    await monitor.client.hset(key, id, JSON.stringify(record));
  };

  it('has a form for each signal that the job waits for, and none for a job that waits for none', async () => {
    const id = await monitor.jobIn('delayed');
    const before = await show(id);
    await rewrite(id, (options) => {
      options['waits'] = { until: { approved: [9e12], refused: [9e12] }, on: ['approved', 'refused'] };
    });

    const page = await show(id);

    expect(actionsOf(before, id).filter((action) => action.startsWith('signals'))).to.deep.equal([]);
    expect(actionsOf(page, id).filter((action) => action.startsWith('signals'))).to.deep.equal([
      ...['signals/approved', 'signals/refused'],
    ]);
  });

  it('says what the job is, and its data', async () => {
    const id = await monitor.jobIn('waiting', { to: 'ada@example.com', list: [1, null] });

    const page = await show(id);

    expect(page.status).to.equal(200);
    expect(page.html).to.include(`<title>Job ${id} of ${QUEUE} · Apiary</title>`);
    expect(page.text).to.include(`Job ${id} waiting email.send in queue mail . In Arena`);
    expect(page.text).to.include('"to": "ada@example.com"');
    expect(page.html).to.include(`href="/arena/redis/${QUEUE}/${id}"`);
  });

  it('says why the job is not running, every reason', async () => {
    const id = await monitor.jobIn('waiting');
    await monitor.inspector.pause(QUEUE, 'ada');

    const { text } = await show(id);

    for (const reason of await monitor.inspector.why(QUEUE, id)) expect(text).to.include(reason.text);
    expect(text).to.include('paused by ada').and.include('no live worker serves queue mail');
  });

  it('names the signals that it waits for', async () => {
    const id = await monitor.jobIn('delayed');
    await rewrite(id, (options) => {
      options['waits'] = { until: { [ATTACK]: [1], paid: [1] }, on: [ATTACK, 'paid'] };
    });

    const { text, html } = await show(id);

    expect(html).not.to.include(ATTACK);
    expect(text).to.match(/it waits for one of the signals .*, paid, until \S+ at most/);
    expect(text).to.match(/Waits for one of the signals .*, paid/);
    expect(text).to.match(/waits for one of the signals .*, paid, at most until then/);
    const arena = await readPage(monitor, `/arena/redis/${QUEUE}/${id}`);
    expect(arena.text).to.include('paid');
    expect(arena.html).not.to.include(ATTACK);
  });

  it('tells what happened to it, with times', async () => {
    const id = await monitor.jobIn('failed');
    const job = await monitor.inspector.job(QUEUE, id);

    const { text, html } = await show(id);

    expect(text).to.match(
      /Timeline .*added by a producer .*attempt 1 began .*attempt 1 failed .*ended: failed/,
    );
    expect(html).to.include(`<time datetime="${new Date(job?.createdAt ?? 0).toISOString()}">`);
    expect(text).to.include('after 12 ms in host:1');
  });

  it('shows errors with their stacks folded', async () => {
    const id = await monitor.jobIn('failed');

    const { html, text } = await show(id);

    expect(text).to.include('Errors, newest first Others that failed so Error : mailbox full attempt 1');
    expect(html).to.match(
      /<details><summary>Stack<span class="unseen"> of attempt 1<\/span><\/summary><pre[^>]*>Error: mailbox full\n/,
    );
  });

  it('shows the result of a success', async () => {
    const { text } = await show(await monitor.jobIn('succeeded'));

    expect(text).to.include('Result { "sent": true }');
  });

  it('shows what its handlers logged, and how much of it is not kept', async () => {
    const id = await monitor.jobIn('waiting');
    await rewrite(id, (options) => {
      options['logs'] = [{ at: 1_700_000_000_000, level: 'warn', message: 'slow mailbox' }];
      options['logsDropped'] = 3;
    });

    expect((await show(id)).text).to.include(
      '3 older lines are not kept. Time Level Message 2023-11-14 22:13:20 UTC warn slow mailbox',
    );
  });

  it('shows options and headers', async () => {
    const { id } = await monitor.producer.addRaw({
      type: 'email.send',
      queue: QUEUE,
      data: {},
      options: {
        key: 'tenant-1',
        cost: 5,
        retries: 7,
        timeoutMs: 90_000,
        headers: { traceparent: '00-x' },
        unique: { key: 'welcome', ttlMs: 60_000 },
        backoff: { type: 'fixed', delayMs: 2_000 },
        expiresAt: Date.parse('2100-01-01T00:00:00Z'),
      },
    });

    const { text } = await show(id);

    expect(text).to.include('key tenant-1');
    for (const fact of [
      'Retries left 7',
      'Timeout 1 min 30 s',
      'Back-off fixed, 2 s',
      'Unique key welcome, held for 1 min',
      'Cost 5',
      'Begins before 2100-01-01 00:00:00 UTC',
      'Header traceparent 00-x',
    ]) {
      expect(text).to.include(fact);
    }
  });

  it('leads to what the job is tied to', async () => {
    const id = await monitor.jobIn('waiting');
    await rewrite(id, (options) => {
      options['links'] = {
        follows: { queue: 'orders', id: 'o/1' },
        chain: { id: 'o/1', step: 2, steps: 3, rest: [{ queue: 'x', id: 'next-1' }] },
      };
      options['schedule'] = { name: 'nightly', tick: 1_700_000_000_000 };
      options['group'] = { name: 'digest', size: 4 };
    });

    const { html, text } = await show(id);

    expect(html).to.include('href="/queues/orders/jobs/o%2F1"');
    expect(html).to.include('href="/search?id=o%2F1"').and.include('href="/search?id=next-1"');
    expect(html)
      .to.include('href="/#schedule-mail%3Anightly"')
      .and.include('href="/#group-mail%3Aemail.send%3Adigest"');
    expect(text).to.include('step 2 of 3').and.include('carries 4 jobs of digest');
  });

  it('tells how far its batch is', async () => {
    const Send = defineJob({ type: 'email.send', queue: QUEUE, schema: z.unknown() });
    const jobs = [jobFor(Send, 1), jobFor(Send, 2)];
    const batch = await monitor.producer.addBatch({ jobs, last: jobFor(Send, 3) });
    const last = batch.last.id;

    const { html, text } = await show(batch.jobs[0]?.id ?? '');

    expect(text).to.include('which is running: 0 of 2 succeeded, 0 failed');
    expect(html).to.include(`href="/queues/${QUEUE}/jobs/${last}"`);
    const awaited = await show(last);
    expect(awaited.status).to.equal(404);
    expect(awaited.text).to.include((await monitor.inspector.why(QUEUE, last))[0]?.text);
  });

  for (const [state, actions] of [
    ['waiting', ['cancel', 'archive', 'remove', 'setPriority', MOVE]],
    ['active', ['cancel']],
    ['delayed', ['promote', 'cancel', 'archive', 'remove', 'setPriority', MOVE]],
    ['succeeded', ['remove', 'rerun']],
    ['failed', ['retry', 'remove', 'rerun', MOVE]],
  ] as const) {
    it(`has the buttons that the state ${state} permits`, async () => {
      const id = await monitor.jobIn(state);
      const page = await show(id);

      expect(actionsOf(page, id)).to.deep.equal(actions);
      for (const grave of ['cancel', 'remove']) {
        const form = new RegExp(`/${grave}" class="action"[^>]*data-confirm="[^"]+\\?`);
        if (actions.some((one) => one === grave)) expect(page.html).to.match(form);
      }
    });
  }

  it('has no buttons for who may only look', async () => {
    const readOnly = await openMonitor({ readOnly: true });
    const id = await readOnly.jobIn('delayed');

    const page = await readPage(readOnly, `/queues/${QUEUE}/jobs/${id}`);
    await readOnly.close();

    expect(page.status).to.equal(200);
    expect(page.html).not.to.include('<form method="post"');
  });

  it('leads back to itself from a button where no scripts run', async () => {
    const id = await monitor.jobIn('failed');
    const path = `/queues/${QUEUE}/jobs/${id}`;

    const response = await monitor.fetch(`/actions${path}/retry`, {
      method: 'POST',
      headers: { Referer: monitor.url + path, 'Sec-Fetch-Site': 'same-origin' },
    });

    expect(response.status).to.equal(303);
    expect(response.headers.get('location')).to.equal(path);
    expect((await show(id)).text).to.include('waits for attempt 2');
  });

  describe('that is not there', () => {
    it('answers 404 and says what is known', async () => {
      const { status, text } = await show('nobody');

      expect(status).to.equal(404);
      expect(text)
        .to.include('There is no job nobody in queue mail')
        .and.include('queue mail has no such job');
    });

    it('leads to the job that carries it', async () => {
      const id = await monitor.jobIn('waiting');
      const mark = 'm'.repeat(16);
      await monitor.client.hset(`${monitor.prefix}:${QUEUE}:gathered`, 'member', `${mark}${id}`);

      const { status, html, text } = await show('member');

      expect(status).to.equal(404);
      expect(text).to.include('it was handed over with the others of its group');
      expect(html).to.include(`href="/queues/${QUEUE}/jobs/${id}"`);
    });
  });

  describe('with what a hostile producer wrote', () => {
    it('shows it as text', async () => {
      const id = `${ATTACK}&amp;"`;
      await monitor.producer.addRaw({
        type: 'email.send',
        queue: QUEUE,
        data: { [ATTACK]: ATTACK },
        options: { id },
      });
      await rewrite(id, (options) => {
        Object.assign(options, {
          key: ATTACK,
          type: ATTACK,
          addedBy: ATTACK,
          headers: { [ATTACK]: ATTACK },
          errors: [{ name: ATTACK, message: ATTACK, code: ATTACK, at: 1, attempt: 1 }],
          stacktraces: [ATTACK],
          run: [1, 1, 1, ATTACK],
          logs: [{ at: 1, level: 'info', message: ATTACK }],
          group: { name: ATTACK, size: 3 },
          schedule: { name: ATTACK, tick: 1 },
          unique: { key: ATTACK },
          links: { follows: { queue: ATTACK, id: ATTACK }, batch: { queue: QUEUE, id: ATTACK } },
        });
      });

      for (const page of [await show(id), await show(ATTACK), await show('x', ATTACK)]) {
        expect(page.html.match(/<(script|img)\b[^>]*>/g)).to.have.length(SCRIPTS.length);
        expect(page.html).not.to.match(/="[^"]*<\/?pre>/);
        expect(page.text).to.include(ATTACK);
      }
    });

    it('shows what is no time, and no text', async () => {
      const id = await monitor.jobIn('waiting');
      await rewrite(id, (options) => {
        const name = '\ud800';
        const schedule = { name, tick: null };
        Object.assign(options, { timestamp: 'never', delay: 1e300, schedule, group: { name } });
      });

      expect((await show(id)).status).to.equal(200);
    });

    it('shows a job that cannot be read', async () => {
      const id = await monitor.jobIn('waiting');
      await monitor.client.hset(`${monitor.prefix}:${QUEUE}:jobs`, id, '{"oops');

      const { status, text } = await show(id);

      expect(status).to.equal(200);
      expect(text).to.include('Data "{\\"oops"');
    });

    it('shows a job with values that are nested too deeply', async () => {
      const id = await monitor.jobIn('succeeded');
      const deep = '['.repeat(100_000) + ']'.repeat(100_000);
      const options = `{"timestamp":1,"result":${deep}}`;
      const record = `{"data":${deep},"options":${options},"status":"succeeded","progress":${deep}}`;
      await monitor.client.hset(`${monitor.prefix}:${QUEUE}:jobs`, id, record);

      const { status, text } = await show(id);

      expect(status).to.equal(200);
      expect(text.split('(nested too deeply to be shown)')).to.have.length(4);
    });

    it('cuts long data, and leads to the whole', async () => {
      const id = await monitor.jobIn('waiting', { text: 'x'.repeat(150_000) });

      const { html, text } = await show(id);

      expect(html.length).to.be.lessThan(130_000);
      expect(text).to.include('The first 100,000 of 150,011 characters.');
      const whole = await monitor.fetch(`/arena/redis/${QUEUE}/${id}?json=true`);
      expect(html).to.include(`href="/arena/redis/${QUEUE}/${id}?json=true"`);
      expect(await whole.text()).to.include('x'.repeat(150_000));
    });
  });
});
