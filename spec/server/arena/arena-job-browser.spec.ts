import { expect } from 'chai';
import { z } from 'zod';
import { defineJob, handle } from '../../../lib/jobs/define.ts';
import { useArena } from '../../support/arena.ts';
import { QUEUE } from '../../support/monitor.ts';
import { until } from '../../support/wait.ts';
import { openWorkers } from '../../support/worker.ts';

describe("the page of a job in Arena's browser", function () {
  this.timeout(120_000);
  const visit = useArena();
  const counts = async () => (await visit().monitor.inspector.queue(QUEUE)).counts;
  const stateOf = async (id: string) => (await visit().monitor.inspector.job(QUEUE, id))?.state;

  it('retries a failed job', async () => {
    const { monitor, open, press, troubles } = visit();
    const id = await monitor.jobIn('failed');
    await open(`/${id}`);

    await press('text="Retry"');

    expect(await stateOf(id)).to.equal('waiting');
    expect(troubles).to.deep.equal([]);
  });

  it('adds a copy of a succeeded job', async () => {
    const { monitor, open, press, troubles } = visit();
    const id = await monitor.jobIn('succeeded', { to: 'b@example.com' });
    await open(`/${id}`);

    await press('text="Trigger"');

    expect(await counts()).to.include({ succeeded: 1, waiting: 1 });
    const { jobs } = await monitor.inspector.jobs(QUEUE, { state: 'waiting' });
    expect(jobs[0]).to.deep.include({ type: 'email.send', data: { to: 'b@example.com' } });
    expect(troubles).to.deep.equal([]);
  });

  it('promotes a delayed job', async () => {
    const { monitor, open, press, troubles } = visit();
    const id = await monitor.jobIn('delayed');
    await open(`/${id}`);

    await press('text="Promote"');

    expect(await stateOf(id)).to.equal('waiting');
    expect(troubles).to.deep.equal([]);
  });

  for (const state of ['waiting', 'delayed', 'succeeded', 'failed'] as const) {
    it(`removes a job that is ${state}, and goes back to the list it was in`, async () => {
      const { monitor, page, open, troubles } = visit();
      const id = await monitor.jobIn(state);
      await open(`/${id}`);

      await Promise.all([page.waitForURL(new RegExp(`/${state}$`)), page.click('text="Remove"')]);

      expect(await monitor.inspector.job(QUEUE, id)).to.equal(null);
      expect(troubles).to.deep.equal([]);
    });
  }

  it('leaves the job alone when the question is answered with no', async () => {
    const { monitor, page, open, troubles } = visit();
    const id = await monitor.jobIn('failed');
    await open(`/${id}`);
    await page.evaluate('window.confirm = () => false');

    await page.click('text="Remove"');
    await page.click('text="Retry"');

    expect(await stateOf(id)).to.equal('failed');
    expect(await page.locator('.js-remove-job:enabled').count()).to.equal(1);
    expect(troubles).to.deep.equal([]);
  });

  it('has no button for a running job but what leads to where it is cancelled', async () => {
    const { monitor, page, open, troubles } = visit();
    await open(`/${await monitor.jobIn('active')}`);

    const buttons = await page.locator('.main button:visible, .main .btn:visible').allTextContents();

    expect(buttons.map((text) => text.trim())).to.deep.equal(['Timeline and cancel', 'JSON']);
    expect(await page.locator('#jsoneditor').count()).to.equal(0);
    expect(troubles).to.deep.equal([]);
  });

  it('edits the data', async () => {
    const { monitor, page, open, press, troubles } = visit();
    const id = await monitor.jobIn('waiting');
    await open(`/${id}`);

    await page.click('text="Edit"');
    await page.evaluate('window.jsonEditor.set({ to: "c@example.com", tags: ["<b>", "a & b"] })');
    await press('.js-update-job-data');

    const data = { to: 'c@example.com', tags: ['<b>', 'a & b'] };
    expect((await monitor.inspector.job(QUEUE, id))?.data).to.deep.equal(data);
    expect(await page.textContent('code.json')).to.equal(JSON.stringify(data, null, 2));
    expect(troubles).to.deep.equal([]);
  });

  it('does not change data by saving it as it was shown', async () => {
    const { monitor, page, open, press, troubles } = visit();
    const data = { url: 'https://example.com/?a=1&b="2"', html: '</script><b>&amp;</b>' };
    const id = await monitor.jobIn('waiting', data);
    await open(`/${id}`);

    await page.click('text="Edit"');
    await press('.js-update-job-data');

    expect((await monitor.inspector.job(QUEUE, id))?.data).to.deep.equal(data);
    expect(troubles).to.deep.equal([]);
  });

  it('checks edited data as it is typed, in the worker of the editor', async () => {
    const { monitor, page, open, troubles } = visit();
    const id = await monitor.jobIn('waiting');

    await Promise.all([page.waitForEvent('worker'), open(`/${id}`)]);
    await page.click('text="Edit"');
    await page.evaluate('window.jsonEditor.setText("{oops")');

    await page.waitForSelector('#jsoneditor .ace_error');
    expect(troubles).to.deep.equal([]);
  });

  it('shows progress, log and result of what a worker has run', async () => {
    const { monitor, page, open, troubles } = visit();
    const workers = openWorkers();
    const definition = defineJob({ type: 'email.send', queue: QUEUE, schema: z.any() });
    const handler = handle(definition, async (_data, ctx) => {
      ctx.log.info('half of it is sent');
      await ctx.progress(50);
      return 0;
    });
    const queues = [{ name: QUEUE, weight: 1 }];
    try {
      const id = await monitor.jobIn('waiting');
      await workers.worker({ handlers: [handler], prefix: monitor.prefix, queues }).start();
      await until(async () => (await stateOf(id)) === 'succeeded', 'the job has succeeded');

      await open(`/${id}`);

      const text = (await page.textContent('.main')) ?? '';
      expect(text).to.match(/Progress\s+50%/);
      expect(text).to.match(/Return Value\s+0/);
      expect(text).to.match(/Attempts Made\s+1/);
      expect(text).to.match(/INFO half of it is sent/);
      expect(text).to.include('outcome: succeeded');
      expect(troubles).to.deep.equal([]);
    } finally {
      await workers.close();
    }
  });

  it('shows why each attempt failed, with its stack', async () => {
    const { monitor, page, open, troubles } = visit();
    await open(`/${await monitor.jobIn('failed')}`);

    const text = (await page.textContent('.main')) ?? '';

    expect(text).to.match(/Reason for failure\s+mailbox full/);
    expect(text).to.match(/Stacktraces\s+Error: mailbox full\s+at .*monitor\.[jt]s/);
    expect(text).to.match(/attempt 1 failed: Error: mailbox full/);
    await page.getByRole('link', { name: 'Others that failed so' }).click();
    await page.getByRole('heading', { name: 'mailbox full' }).waitFor();
    expect(troubles).to.deep.equal([]);
  });

  it('removes the schedule that fired a job, and leaves the job', async () => {
    const { monitor, page, open, troubles } = visit();
    const { schedules } = monitor.inspector;
    await monitor.producer.schedules.putRaw({
      name: 'nightly',
      queue: QUEUE,
      type: 'tidy',
      cron: '0 3 * * *',
      data: 1,
    });
    const firing = await schedules.fireNow(QUEUE, 'nightly');
    await open(`/${firing.jobId}`);

    await Promise.all([page.waitForURL(/\/waiting$/), page.click('text="Remove Schedule nightly"')]);

    expect(await schedules.list(QUEUE)).to.deep.equal([]);
    expect(await stateOf(firing.jobId)).to.equal('waiting');
    expect(troubles).to.deep.equal([]);
  });

  it('offers to remove a schedule in the list too, and only for jobs that one fired', async () => {
    const { monitor, page, open, troubles } = visit();
    await monitor.jobIn('waiting');
    await monitor.producer.schedules.putRaw({
      name: 'nightly',
      queue: QUEUE,
      type: 'tidy',
      cron: '0 3 * * *',
      data: 1,
    });
    const firing = await monitor.inspector.schedules.fireNow(QUEUE, 'nightly');
    await open('/waiting');

    await page.click(`text="${firing.jobId}"`);

    expect(await page.locator('.js-remove-repeatable-job').count()).to.equal(1);
    await Promise.all([page.waitForEvent('load'), page.click('.js-remove-repeatable-job')]);
    expect(await monitor.inspector.schedules.get(QUEUE, 'nightly')).to.equal(null);
    expect(troubles).to.deep.equal([]);
  });

  for (const [id, other] of [
    ['[1]', '1'],
    ['{"a":1}', '[object Object]'],
    ['1.0', '1'],
    ['true', 'other'],
    ['a/b?c#d%25', 'a'],
    ['"><img src=x onerror=alert(1)>', 'x'],
    ["it's (a) job!*~", 'it'],
    ['日本', 'ja'],
  ] as const) {
    it(`removes the job with the id ${id}, and none else`, async () => {
      const { monitor, page, open, troubles } = visit();
      for (const one of [id, other]) {
        await monitor.producer.addRaw({ type: 'x', queue: QUEUE, data: 1, options: { id: one } });
      }
      await open('/waiting');
      await page.click(`.label >> text="${id.replaceAll('"', '\\"')}"`);
      const details = page.locator('.list-group-item', { has: page.locator('.collapse.in, .collapsing') });

      await Promise.all([page.waitForEvent('load'), details.locator('a', { hasText: `Job ${id}` }).click()]);
      await Promise.all([page.waitForURL(/\/waiting$/), page.click('text="Remove"')]);

      expect(await monitor.inspector.job(QUEUE, id)).to.equal(null);
      expect(await stateOf(other)).to.equal('waiting');
      expect(troubles).to.deep.equal([]);
    });
  }

  for (const id of ['failed', 'waiting', 'Completed', 'paused', 'active.json', 'waiting-children']) {
    it(`shows a job with the id ${id} where it is listed, and its JSON, and removes it`, async () => {
      const { monitor, page, open, troubles } = visit();
      await monitor.producer.addRaw({ type: 'x', queue: QUEUE, data: { to: 'me' }, options: { id } });
      await open('/waiting');
      await page.click(`.label >> text="${id}"`);

      await Promise.all([page.waitForEvent('load'), page.click(`text="Job ${id}"`)]);
      const title = await page.textContent('.h3');
      const address = await page.locator('text="JSON"').getAttribute('href');
      const json: unknown = await (await monitor.fetch(address ?? '')).json();
      await Promise.all([page.waitForURL(/\/mail\/waiting$/), page.click('text="Remove"')]);

      expect(title).to.equal(id);
      expect(json).to.deep.include({ id, data: { to: 'me' } });
      expect(await monitor.inspector.job(QUEUE, id)).to.equal(null);
      expect(troubles).to.deep.equal([]);
    });
  }
});
