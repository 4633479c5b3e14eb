import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { CLI_COMMANDS } from '../../lib/cli/commands.ts';
import { testQueueName } from '../../lib/testing/test-queue-name.ts';
import { moduleUrl, programArgs } from '../support/program.ts';
import { redisUrl } from '../support/redis.ts';

const PROCESS_LIMIT_MS = 120_000;

/** A command as a process of its own. */
interface Ended {
  code: number;
  out: string;
  err: string;
}

describe('commands as processes', function () {
  this.timeout(PROCESS_LIMIT_MS);
  const queue = testQueueName();
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'apiary-cli-'));
  });

  after(() => rm(folder, { recursive: true }));

  function start(words: readonly string[], env: Record<string, string> = { REDIS_URL: redisUrl() }) {
    const { PATH = '', HOME = '' } = process.env;
    return spawn(process.execPath, [...programArgs('lib/cli.ts'), ...words], {
      cwd: folder,
      env: { PATH, HOME, NODE_ENV: 'production', ...env },
    });
  }

  async function run(words: readonly string[], input = '', env?: Record<string, string>): Promise<Ended> {
    const child = start(words, env);
    child.stdin.end(input);
    const [out, err, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close'),
    ]);
    return { code: Number(code), out, err };
  }

  it('end although a handler module that they loaded keeps the process open', async () => {
    const file = join(folder, 'open.mjs');
    const schema = '{ "~standard": { version: 1, vendor: "spec", validate: (value) => ({ value }) } }';
    await writeFile(
      file,
      `import { defineJob, handle } from ${JSON.stringify(moduleUrl('lib/jobs/define.ts'))};
      setInterval(() => {}, 1_000);
      export default handle(defineJob({ type: 'job', schema: ${schema} }), () => null);`,
    );
    const words = ['contracts', 'check', '--handlers', file];

    const ended = await Promise.all([run([...words, '--json']), run([...words, 'none-such'])]);

    expect(JSON.parse(ended[0].out)).to.have.property('checked');
    expect(ended[1]).to.include({ code: 3, out: '' });
  });

  it('add, list and change jobs, through pipes, and end by themselves', async () => {
    const added = await run(['add', 'email.send', '-', '--queue', queue, '--id', 'a1'], '{"to":"ada"}');
    expect(added).to.deep.equal({ code: 0, out: `Job a1 was added to queue ${queue}.\n`, err: '' });

    const listed = await run(['jobs', queue, '--state', 'waiting', '--json']);
    expect(JSON.parse(listed.out).jobs[0]).to.include({
      id: 'a1',
      queue,
      type: 'email.send',
      state: 'waiting',
    });

    const cancelled = await run(['cancel', queue, '-'], 'a1\n');
    expect(cancelled).to.deep.equal({ code: 0, out: 'Job a1 is cancelled.\n', err: '' });
  });

  it('ask nobody who is not there', async () => {
    const { code, out, err } = await run(['retry', queue, 'a1', 'a2']);

    expect([code, out]).to.deep.equal([2, '']);
    expect(err).to.equal('apiary: to retry 2 jobs, give --yes; to look first, --dry-run\n');
  });

  it('answer with their exit codes', async () => {
    const codes = await Promise.all([
      run(['queue', 'none']),
      run(['queues', '--none']),
      run(['queues'], '', {}),
      run(['queues'], '', { REDIS_URL: 'redis://127.0.0.1:1' }),
      run(['top']),
    ]);

    expect(codes.map(({ code }) => code)).to.deep.equal([3, 2, 78, 69, 2]);
    for (const { out, err } of codes) {
      expect(out).to.equal('');
      expect(err).to.match(/^apiary: .*\n$/);
    }
  });

  it('end quietly when nobody reads on', async () => {
    const child = start(['jobs', queue]);
    child.stdout.destroy();
    const [err, [code]] = await Promise.all([text(child.stderr), once(child, 'close')]);

    expect([code, err]).to.deep.equal([0, '']);
  });

  it('each tell what they take', async () => {
    const { out } = await run(['--help']);

    for (const name of Object.keys(CLI_COMMANDS))
      expect(out).to.match(new RegExp(`^  ${name.split(' ')[0]} `, 'm'));
  });
});
