import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { probe } from '../../lib/redis/probe.ts';
import { type SpecProcess, startNode } from '../support/process.ts';
import { moduleUrl } from '../support/program.ts';
import { until } from '../support/wait.ts';

describe('startTestRedis, when the test run ends without a stop', () => {
  let folder: string;
  let run: SpecProcess | null;

  beforeEach(async () => {
    // With a space, as some have in their home.
    folder = await mkdtemp(join(tmpdir(), 'apiary spec '));
    run = null;
  });

  afterEach(async () => {
    await run?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** Starts a test run with a folder for temporary files of its own; resolves with the port of its Redis. */
  async function startRun(rest: string): Promise<{ process: SpecProcess; port: number }> {
    const process = await startNode(['--input-type=module', '--eval', PROGRAM + rest], { TMPDIR: folder });
    run = process;
    const line = await process.waitForLine(/^redis:/);
    return { process, port: Number(new URL(line).port) };
  }

  /** Beside them there may be files of what runs TypeScript. */
  const ownFolders = async (): Promise<string[]> =>
    (await readdir(folder)).filter((name) => name.startsWith('apiary-test-'));

  async function expectNothingLeft(port: number): Promise<void> {
    await until(async () => (await probe(port)).kind === 'nobody', `nobody was on port ${port}`);
    await until(async () => (await ownFolders()).length === 0, 'the folder was gone');
  }

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGKILL'] as const) {
    it(`leaves neither server nor folder behind after ${signal}`, async () => {
      const { process, port } = await startRun('setInterval(() => {}, 1_000);');
      expect(await ownFolders()).to.have.length(1);

      process.kill(signal);

      expect(await process.exit).to.deep.equal({ code: null, signal });
      await expectNothingLeft(port);
    });
  }

  for (const [what, rest, code] of [
    ['process.exit', 'process.exit(3);', 3],
    ['an error that nobody catches', 'throw new Error("as asked");', 1],
  ] as const) {
    it(`leaves neither behind after ${what}`, async () => {
      const { process, port } = await startRun(rest);

      expect((await process.exit).code).to.equal(code);
      await expectNothingLeft(port);
    });
  }

  it('leaves nothing behind, and no watcher, when it was stopped in order', async () => {
    const { process, port } = await startRun('await redis.stop(); await redis.stop();');

    expect((await process.exit).code).to.equal(0);
    await expectNothingLeft(port);
  });
});

const PROGRAM = `
  import { startTestRedis } from '${moduleUrl('lib/testing/index.ts')}';
  const redis = await startTestRedis();
  console.log(redis.url);
`;
