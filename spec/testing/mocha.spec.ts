import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { probe } from '../../lib/redis/probe.ts';
import { startNode } from '../support/process.ts';
import { moduleUrl } from '../support/program.ts';
import { until } from '../support/wait.ts';

const MOCHA = createRequire(import.meta.url).resolve('mocha/bin/mocha.js');
/** As the first specs of somebody, with a limit of time that a busy machine keeps. */
const SETTINGS = ['--no-config', '--reporter', 'spec', '--timeout', '60000'];
const PLUGIN = fileURLToPath(moduleUrl('lib/testing/mocha.ts'));

describe('the root hooks for mocha', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'apiary-mocha-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** Runs mocha on these files; resolves with how that ended, its output and the servers that its kits were on. */
  async function runMocha(files: Record<string, string>, args: readonly string[] = ['--require', PLUGIN]) {
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    const names = Object.keys(files).filter((name) => name.endsWith('.spec.mjs'));
    const own = [MOCHA, ...SETTINGS, ...args, ...names];
    const run = await startNode(own, { TMPDIR: folder }, folder);
    const { code } = await run.exit;
    const output = [...run.stdout, ...run.stderr].join('\n');
    return { code, output, servers: [...new Set(output.match(/redis:\/\/\S+/g) ?? [])] };
  }

  async function expectNothingLeft(servers: readonly string[]): Promise<void> {
    for (const url of servers)
      await until(
        async () => (await probe(Number(new URL(url).port))).kind === 'nobody',
        `nobody was on ${url}`,
      );
    const folders = async () => (await readdir(folder)).filter((name) => name.startsWith('apiary-test-'));
    await until(async () => (await folders()).length === 0, 'the folders were gone');
  }

  it('keep one server for a run, and end it', async () => {
    const { code, output, servers } = await runMocha({
      'a.spec.mjs': spec(PASSES),
      'b.spec.mjs': spec(PASSES),
    });

    expect(code, output).to.equal(0);
    expect(output).to.include('4 passing');
    expect(servers).to.have.length(1);
    await expectNothingLeft(servers);
  });

  it('keep one server for each process of a parallel run, and end them', async () => {
    const names = ['a', 'b', 'c', 'd'].map((name) => `${name}.spec.mjs`);
    const files = Object.fromEntries(names.map((name) => [name, spec(PASSES)]));

    const { code, output, servers } = await runMocha(files, [
      '--require',
      PLUGIN,
      '--parallel',
      '--jobs',
      '2',
    ]);

    expect(code, output).to.equal(0);
    expect(output).to.include('8 passing');
    expect(servers.length).to.be.within(1, 2);
    await expectNothingLeft(servers);
  });

  it('end the server of a run that is killed', async () => {
    const { servers } = await runMocha({
      'a.spec.mjs': spec(`
        it('is killed', async () => {
          const kit = await testApiary({ handlers: [] });
          console.log(kit.redis);
          process.kill(process.pid, 'SIGKILL');
        });`),
    });

    expect(servers).to.have.length(1);
    await expectNothingLeft(servers);
  });

  it('fail the test that leaves jobs behind, and no other, when asked to', async () => {
    const files = {
      'hooks.mjs': `import { apiaryHooks } from '${moduleUrl('lib/testing/mocha.ts')}';
        export const mochaHooks = apiaryHooks({ failOnLeftovers: true });`,
      'a.spec.mjs': spec(`
        const add = () => kit.producer.add(Job, {});
        it('leaves a job', add);
        it('leaves one by a callback', (done) => void add().then(() => done(), done));
        it('leaves one in a kit that it closes', async () => { await add(); await kit.close(); });
        it('drains', async () => { await add(); await kit.drain(); });
        it('has a failure of its own', async () => { await add(); throw new Error('its own'); });`),
    };

    const { code, output } = await runMocha(files, ['--require', './hooks.mjs']);

    expect(code, output).to.equal(4);
    expect(output).to.include('1 passing').and.include('4 failing');
    expect(output.match(/jobs are left that have not ended; default: 1 waiting/g)).to.have.length(3);
    expect(output).to.include('Error: its own');
  });

  it('close kits that were left open, and fail the run', async () => {
    const { code, output } = await runMocha({
      'a.spec.mjs': spec("it('forgets', async () => void (await testApiary({ handlers: [] })));"),
    });

    expect(code, output).to.equal(1);
    expect(output).to.include('1 kits of testApiary(…) were left open');
  });
});

const PASSES = `
  it('drains', async () => { await kit.producer.add(Job, {}); await kit.drain(); });
  it('tells its server', () => console.log(kit.redis));`;

/** A file of specs with a kit for each test. */
function spec(tests: string): string {
  return `
    import { defineJob, handle } from '${moduleUrl('lib/index.ts')}';
    import { testApiary } from '${moduleUrl('lib/testing/index.ts')}';
    const schema = { '~standard': { version: 1, vendor: 'spec', validate: (value) => ({ value }) } };
    const Job = defineJob({ type: 'job', schema });
    let kit;
    beforeEach(async () => { kit = await testApiary({ handlers: [handle(Job, () => undefined)] }); });
    afterEach(() => kit.close());
    ${tests}`;
}
