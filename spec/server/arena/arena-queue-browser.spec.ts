import { expect } from 'chai';
import { useArena } from '../../support/arena.ts';
import { QUEUE } from '../../support/monitor.ts';
import { until } from '../../support/wait.ts';

describe("the page of a queue in Arena's browser", function () {
  this.timeout(120_000);
  const visit = useArena();
  const limitsOf = async () => (await visit().monitor.inspector.limits.get(QUEUE))?.limits ?? null;
  const rows = async (): Promise<Record<string, string>> => {
    const cells = (await visit().page.locator('.meta-table th').allTextContents()).map((text) => text.trim());
    return Object.fromEntries(
      cells.flatMap((name, at) => (at % 2 === 0 ? [[name, cells[at + 1] ?? '']] : [])),
    );
  };
  const save = async (): Promise<void> => {
    const { page } = visit();
    await Promise.all([page.waitForEvent('load'), page.click('.js-update-queue-meta')]);
  };

  for (const state of ['waiting', 'active', 'delayed', 'succeeded', 'failed'] as const) {
    it(`leads to the jobs that are ${state}`, async () => {
      const { monitor, page, open, troubles } = visit();
      const id = await monitor.jobIn(state);
      await open('');

      await page.click(`.list-group-item >> text="${state}"`);

      await page.waitForURL(new RegExp(`/${state}$`));
      expect(await page.textContent('.main')).to.include(id);
      expect(troubles).to.deep.equal([]);
    });
  }

  it('pauses a queue, says who did it, and resumes it', async () => {
    const { monitor, page, open, troubles } = visit();
    await open('');

    await page.click('text="Pause queue"');
    await page.waitForSelector('text="Resume queue"');
    const { paused } = await monitor.inspector.queue(QUEUE);
    const shown = await rows();
    await page.click('text="Resume queue"');
    await page.waitForSelector('text="Pause queue"');

    expect(paused?.by).to.equal('monitor');
    expect(shown['paused by']).to.equal(`monitor, ${new Date(paused?.at ?? 0).toISOString()}`);
    expect((await monitor.inspector.queue(QUEUE)).paused).to.equal(null);
    expect(await rows()).not.to.have.property('paused by');
    expect(troubles).to.deep.equal([]);
  });

  it('adds a job of the type and with the data that are entered', async () => {
    const { monitor, page, open, troubles } = visit();
    await open('');

    await page.click('text="Add Job"');
    await page.fill('.js-add-job-name', 'sms.send');
    await page.evaluate('window.jsonEditor.set({ text: "a & b" })');
    await Promise.all([page.waitForResponse(/\/job$/), page.click('text="Create"')]);

    const { jobs } = await monitor.inspector.jobs(QUEUE, { state: 'waiting' });
    expect(jobs).to.have.lengthOf(1);
    expect(jobs[0]).to.deep.include({ type: 'sms.send', data: { text: 'a & b' } });
    expect(troubles).to.deep.equal([]);
  });

  it('adds a job with options', async () => {
    const { monitor, page, open, troubles } = visit();
    await open('');

    await page.click('text="Add Job"');
    await page.click('text="Options"');
    await page.evaluate('window.jsonEditorOpts.set({ id: "mine", delayMs: 60000, retries: 7, key: "acme" })');
    await Promise.all([page.waitForResponse(/\/job$/), page.click('text="Create"')]);

    const job = await monitor.inspector.job(QUEUE, 'mine');
    expect(job?.state).to.equal('delayed');
    expect(job?.options).to.include({ retriesLeft: 7, key: 'acme' });
    expect(troubles).to.deep.equal([]);
  });

  it('says so when a job cannot be added, and keeps what was entered', async () => {
    const { monitor, page, open, troubles } = visit();
    await open('');

    await page.click('text="Add Job"');
    await page.evaluate('window.jsonEditor.set({ kept: true }); window.jsonEditorOpts.set({ retries: -1 })');
    await page.click('text="Create"');
    await until(() => troubles.join().includes('options.retries'), 'the problem is on the console');
    await open('');
    await page.click('text="Add Job"');

    expect(await page.evaluate('window.jsonEditor.get()')).to.deep.equal({ kept: true });
    expect((await monitor.inspector.queue(QUEUE)).counts).to.include({ waiting: 0 });
  });

  it('closes the form again', async () => {
    const { page, open, troubles } = visit();
    await open('');

    await page.click('text="Add Job"');
    await page.locator('text="Create"').waitFor({ state: 'visible' });
    await page.click('text="Cancel"');

    await page.locator('text="Create"').waitFor({ state: 'hidden' });
    expect(troubles).to.deep.equal([]);
  });

  it('limits how many jobs of a queue run at a time, and how many begin in a time, and lifts both', async () => {
    const { page, open, troubles } = visit();
    await open('');

    await page.click('.js-toggle-update-queue-meta');
    await page.fill('.js-update-meta-concurrency', '4');
    await page.fill('.js-update-meta-rl-max', '10');
    await page.fill('.js-update-meta-rl-duration', '1000');
    await save();
    const [set, shown] = [await limitsOf(), await rows()];
    await page.click('.js-toggle-update-queue-meta');
    const entered = await page.inputValue('.js-update-meta-rl-max');
    for (const field of ['concurrency', 'rl-max', 'rl-duration'])
      await page.fill(`.js-update-meta-${field}`, '');
    await save();

    expect(set).to.deep.equal({ concurrency: 4, rate: { count: 10, perMs: 1_000 } });
    expect(shown).to.include({ concurrency: '4', max: '10', duration: '1000' });
    expect(shown['limits']).to.equal('4 at a time, 10 starts per 1 s');
    expect(shown['limits set by']).to.match(/^monitor, /);
    expect(entered).to.equal('10');
    expect(await limitsOf()).to.equal(null);
    expect(troubles).to.deep.equal([]);
  });

  it('says so when limits cannot be', async () => {
    const { page, open, troubles } = visit();
    await open('');

    await page.click('.js-toggle-update-queue-meta');
    await page.fill('.js-update-meta-rl-max', '10');
    await page.click('.js-update-queue-meta');

    await until(() => troubles.join().includes('perMs'), 'the problem is on the console');
    expect(await limitsOf()).to.equal(null);
  });

  it('fills the buckets of a rate while it holds jobs back, and offers it only then', async () => {
    const { monitor, page, open, press, troubles } = visit();
    await monitor.inspector.limits.set(QUEUE, { rate: { count: 1, perMs: 3_600_000 } }, 'spec');
    await open('');
    const before = await page.locator('text="Remove Rate Limit Key"').count();
    await monitor.jobIn('active');
    await open('');

    await press('text="Remove Rate Limit Key"');

    expect(before).to.equal(0);
    expect(await monitor.inspector.limits.nextTokenInMs(QUEUE)).to.equal(0);
    expect(await page.locator('text="Remove Rate Limit Key"').count()).to.equal(0);
    expect(troubles).to.deep.equal([]);
  });

  it('names the schedules of the queue, which fires next, and how many jobs wait in groups', async () => {
    const { monitor, open, troubles } = visit();
    const put = (name: string, cron: string) =>
      monitor.producer.schedules.putRaw({ name, queue: QUEUE, type: 'tidy', cron, data: 1 });
    await put('yearly', '0 0 1 1 *');
    await put('each-minute', '* * * * *');
    const next = (await monitor.inspector.schedules.get(QUEUE, 'each-minute'))?.nextAt ?? 0;

    await open('');

    expect((await rows())['schedules']).to.equal(`2, next each-minute at ${new Date(next).toISOString()}`);
    expect(await rows()).not.to.have.property('waiting in groups');
    expect(troubles).to.deep.equal([]);
  });

  it('serves a queue whose name needs escapes everywhere', async () => {
    const { monitor, page, troubles } = visit();
    const queue = `a&b"'</script>?#/%25 é`;
    await monitor.client.hset(
      `${monitor.prefix}:${queue}:jobs`,
      'x',
      JSON.stringify({ data: 1, options: { timestamp: 1 }, status: 'created', progress: 0 }),
    );
    await monitor.client.lpush(`${monitor.prefix}:${queue}:waiting`, 'x');
    await page.goto(`${monitor.url}/arena/`);

    await page.click(`.list-group a:has-text("a&b")`);
    await page.click('text="Add Job"');
    await page.fill('.js-add-job-name', 'sms.send');
    await Promise.all([page.waitForResponse(/\/job$/), page.click('text="Create"')]);
    await page.click('text="Pause queue"');
    await page.waitForSelector('text="Resume queue"');

    const { counts, paused } = await monitor.inspector.queue(queue);
    expect([counts.waiting, paused?.by]).to.deep.equal([2, 'monitor']);
    expect(troubles).to.deep.equal([]);
  });
});
