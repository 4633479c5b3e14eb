import { expect } from 'chai';
import { widthOf } from '../../../lib/cli/text-width.ts';
import { Inspector } from '../../../lib/inspector/inspector.ts';
import { Producer } from '../../../lib/jobs/producer.ts';
import { programArgs } from '../../support/program.ts';
import { type SpecRedis, startRedis } from '../../support/redis.ts';
import { hasTmux, openTerminal, type SpecTerminal } from '../../support/tmux.ts';
import { until } from '../../support/wait.ts';
import { openWorkers, type SpecWorkers } from '../../support/worker.ts';

const PROCESS_LIMIT_MS = 240_000;
const PROGRAM = programArgs('lib/cli.ts').join(' ');
const SMALL = { columns: 80, rows: 24 };
const LARGE = { columns: 200, rows: 60 };

describe('apiary top in a terminal', function () {
  this.timeout(PROCESS_LIMIT_MS);
  let redis: SpecRedis;
  let rig: SpecWorkers;
  let inspector: Inspector;
  let failed: string;
  let terminal: SpecTerminal | null = null;

  before(async function () {
    if (!(await hasTmux())) this.skip();
    redis = await startRedis();
    rig = openWorkers(redis.url);
    inspector = new Inspector({ client: rig.client });
    const doomed = rig.worker({
      url: redis.url,
      handlers: [
        rig.handler(() => {
          throw new TypeError('no such card \u001b[2J\ud800 \u{1f525} 日本');
        }),
      ],
    });
    [failed = ''] = await rig.add({ to: 'ada' });
    await doomed.start();
    await until(async () => (await rig.queries().counts()).failed === 1, 'the job has failed');
    await doomed.stop();
  });

  afterEach(async () => {
    await terminal?.close();
    terminal = null;
  });

  after(async () => {
    await inspector?.close();
    await rig?.close();
    await redis?.stop();
  });

  /** Opens a shell of this size, notes how its terminal is set, and starts `apiary top` in it. */
  async function watch(
    size: { columns: number; rows: number },
    words = '',
    before = '',
  ): Promise<SpecTerminal> {
    terminal = await openTerminal(size, { REDIS_URL: redis.url, NODE: process.execPath });
    await terminal.command('BEFORE=$(stty -a)');
    await terminal.type(`clear; ${before}"$NODE" ${PROGRAM} top ${words}`);
    await terminal.press('Enter');
    await terminal.shows(/^apiary to/m);
    return terminal;
  }

  /** Waits for the shell, and makes sure that its terminal is as it was. */
  async function isAsBefore(shell: SpecTerminal): Promise<void> {
    await shell.prompts();
    expect(await shell.mode()).to.deep.equal({ isCursorSeen: true, isAlternate: false });
    expect(await shell.command('[ "$BEFORE" = "$(stty -a)" ] && echo same')).to.match(/^same$/m);
  }

  for (const size of [SMALL, LARGE]) {
    it(`shows all parts at ${size.columns} by ${size.rows}, and gives the terminal back`, async () => {
      const shell = await watch(size);

      const screen = await shell.shows(/no such card/);

      expect(screen).to.match(new RegExp(`^> ${rig.queue.slice(0, 15)}`, 'm'));
      for (const part of ['\\[QUEUES\\]', 'RUNNING', 'NEWEST FAILURES', 'WORKERS']) {
        expect(screen).to.match(new RegExp(`^ ?${part}`, 'm'));
      }
      expect(screen).to.include('\\u001b[2J');
      expect(await shell.lines()).to.have.length(size.rows);
      expect(await shell.mode()).to.deep.equal({ isCursorSeen: false, isAlternate: true });

      await shell.press('q');
      await isAsBefore(shell);
      expect(await shell.command('echo code $?')).to.match(/code 0/);
    });
  }

  it('pauses a queue after a yes, and notes who did it', async () => {
    const shell = await watch(SMALL);
    await shell.shows(/no such card/);

    await shell.press('p');
    await shell.shows(/y or n: pause queue/);
    await shell.press('n');
    await shell.shows(/nothing was changed/);
    expect((await inspector.queue(rig.queue)).paused).to.equal(null);

    await shell.press('p');
    await shell.shows(/y or n: pause queue/);
    await shell.press('y');
    await shell.shows(new RegExp(`^> ${rig.queue.slice(0, 15)}\\S* +paused`, 'm'));
    const [note] = (await inspector.audit.list({ queue: rig.queue })).entries;
    expect(note).to.include({ action: 'pause', through: 'cli', outcome: 'done' });

    await shell.press('p');
    await shell.shows(/y or n: resume queue/);
    await shell.press('y');
    await shell.shows(/goes on/);
    expect((await inspector.queue(rig.queue)).paused).to.equal(null);
  });

  it('opens a job with its timeline and why it does not run, and retries it', async () => {
    const shell = await watch(SMALL);
    await shell.shows(/no such card/);

    await shell.press('3');
    await shell.shows(/^\[NEWEST FAILURES\]/m);
    await shell.press('Enter');
    expect(await shell.shows(/^timeline:/m))
      .to.match(/attempt 1 failed/)
      .and.match(/^it has finished: failed/m);
    await shell.press('r');
    await shell.shows(/y or n: retry job/);
    await shell.press('y');
    await shell.shows(/will run again/);
    await shell.shows(/^no live worker serves queue/m);
    const [note] = (await inspector.audit.list({ queue: rig.queue })).entries;
    expect(note).to.include({ action: 'retry', through: 'cli', id: failed });

    await shell.press('Escape');
    await shell.shows(/QUEUES/);
    await shell.press('o');
    await shell.type(failed);
    await shell.press('Enter');
    await shell.shows(/^state +waiting/m);
    await shell.press('c');
    await shell.shows(/y or n: cancel job/);
    await shell.press('y');
    await shell.shows(/^state +failed/m);
  });

  it('says of a job that cannot be read what is wrong, and shows the rest all the same', async () => {
    await rig.client.set('bq:broken:jobs', 'text');
    const shell = await watch(SMALL);

    for (const [queue, says] of [
      ['broken', 'cannot be read'],
      ['none', 'has no such job'],
    ] as const) {
      await shell.press('o');
      await shell.type(`${queue} x1`);
      await shell.press('Enter');
      expect(await shell.shows(new RegExp(says))).to.match(/^apiary top/m);
      await shell.press('Escape');
      await shell.shows(/\[QUEUES\]/);
    }
    await rig.client.del('bq:broken:jobs');
  });

  it('shows what runs, and for how long', async () => {
    let end = (): void => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    const worker = rig.worker({ url: redis.url, handlers: [rig.handler(() => ended)] });
    await worker.start();
    const [running = ''] = await rig.add('long');
    try {
      const shell = await watch(LARGE);
      await shell.shows(new RegExp(`\\d+ m?s - +job +\\S+ +${running}`));
      await shell.shows(/running +1 of 4/);
    } finally {
      end();
      await worker.stop();
    }
  });

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    it(`gives the terminal back on ${signal}`, async () => {
      const shell = await watch(SMALL);

      process.kill(await shell.child(), signal);

      await isAsBefore(shell);
    });
  }

  it('gives the terminal back when the program breaks, and says by what', async () => {
    const breaks = "process.on('SIGUSR2',()=>{throw(new(Error)('it-broke'))})";
    const shell = await watch(SMALL, '', `NODE_OPTIONS="--import=data:text/javascript,${breaks}" `);

    process.kill(await shell.child(), 'SIGUSR2');

    expect(await shell.prompts()).to.include('Error: it-broke');
    expect(await shell.mode()).to.deep.equal({ isCursorSeen: true, isAlternate: false });
    expect(await shell.command('[ "$BEFORE" = "$(stty -a)" ] && echo same')).to.match(/^same$/m);
  });

  it('keeps its columns straight, whatever the names are', async () => {
    const producer = new Producer({ client: rig.client, prefix: 'wide' });
    const names = ['plain', '日本語', 'e\u0301e\u0301', '🔥🔥', '⭐️', '👩‍👩‍👧', '한국어'.repeat(20)];
    for (const queue of names) await producer.addRaw({ type: 'job', queue, data: 1 });
    const shell = await watch(SMALL, '--prefix wide');

    const screen = await shell.shows(/ - +1 +0 +0 /);

    const rows = screen.split('\n').filter((line) => / - +1 +0 +0 /.test(line));
    expect(rows).to.have.length(names.length);
    const ends = rows.map((row) => widthOf(row.slice(0, row.search(/ - +1 +0 +0 /))));
    expect(new Set(ends).size).to.equal(1);
    await producer.close();
  });

  it('is suspended by Ctrl-Z, and goes on with fg', async () => {
    const shell = await watch(SMALL);

    await shell.press('C-z');
    await shell.shows(/Stopped/);
    await isAsBefore(shell);
    await shell.type('fg');
    await shell.press('Enter');
    await shell.shows(/\[QUEUES\]/);
    expect(await shell.mode()).to.deep.equal({ isCursorSeen: false, isAlternate: true });
    await shell.press('C-c');
    await isAsBefore(shell);
  });

  it('takes any size, and what was resized', async () => {
    const shell = await watch(SMALL, '--every 1');

    await shell.resize(10, 5);
    await shell.shows(/^apiary to…$/m);
    expect(await shell.lines()).to.have.length(5);
    await shell.resize(1, 1);
    await shell.resize(LARGE.columns, LARGE.rows);
    await shell.shows(/GROUPED[\s\S]*WORKERS/);
    await shell.resize(SMALL.columns, SMALL.rows);
    await shell.shows(/\[QUEUES\][\s\S]*WORKERS/);
    await shell.press('q');
    await isAsBefore(shell);
  });

  it('goes on while Redis is away, says so, and looks again when it is back', async () => {
    const shell = await watch(SMALL, '--every 1');
    await shell.shows(/no such card|\d/);

    await redis.kill();
    await shell.shows(/Redis cannot be read[\s\S]*Redis at .* is not available/);
    await shell.press('?');
    await shell.shows(/suspend; fg goes on/);
    await shell.press('Escape');
    await redis.restart();
    await shell.shows(/^apiary top/m);
    await shell.press('q');
    await isAsBefore(shell);
  });

  it('ends while Redis hangs', async () => {
    const shell = await watch(SMALL, '--every 1');
    redis.pause();
    try {
      await shell.press('q');
      await isAsBefore(shell);
    } finally {
      redis.resume();
    }
  });

  it('does not break at keys that are none', async () => {
    const shell = await watch(SMALL);

    await shell.press('-H', '00', '80', 'ff', 'c3', '28', '1b', '5b', '39', '39', '7e');
    await shell.type('\u001b[200~\u001b]0;x\u0007');
    await shell.press('Escape');
    await shell.press('Escape');
    await shell.shows(/\[QUEUES\]/);
    await shell.press('C-c');
    await isAsBefore(shell);
  });

  it('says in one line where there is no Redis, with the screen untouched', async () => {
    terminal = await openTerminal(SMALL, { NODE: process.execPath });

    const screen = await terminal.command(`"$NODE" ${PROGRAM} top --redis redis://127.0.0.1:1; echo code $?`);

    expect(screen)
      .to.match(/apiary: Redis at redis:\/\/127.0.0.1:1\/0 is not available/)
      .and.match(/code 69/);
    expect(await terminal.mode()).to.deep.equal({ isCursorSeen: true, isAlternate: false });
  });
});
