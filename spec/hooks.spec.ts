import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { startNode } from './support/process.ts';
import { moduleUrl } from './support/program.ts';

const MOCHA = join(dirname(createRequire(import.meta.url).resolve('mocha/package.json')), 'bin/mocha.js');
/** As they run here: read from source, their compilation would cost more than the run. */
const HOOKS = fileURLToPath(moduleUrl('spec/support/hooks.ts'));

/** A suite within a suite, with limits of their own. */
const LIMITED = `
  const same = (is, must) => { if (is !== must) throw new Error(is + ' ms in place of ' + must); };
  describe('outer', function () {
    this.timeout(70_000);
    beforeEach(function () { same(this.timeout(), 70_000 * 2); });
    it('has its own', function () { same(this.timeout(), 70_000 * 2); });
    it('has that of the test', function () { same(this.timeout(), 5_000 * 2); }).timeout(5_000);
    describe('inner', function () {
      this.timeout(80_000);
      it('has that of the inner', function () { same(this.timeout(), 80_000 * 2); });
    });
  });
  it('has that of all', function () { same(this.timeout(), 60_000 * 2); });`;

/** Files of specs, each with what the run must say of it. */
const FAULTS = {
  'leaves-open': ["require('node:net').createServer().listen(0);", 'left open by the specs: 1 TCPServerWrap'],
  'rejects-alone': ["void Promise.reject(new Error('nobody cares'));", 'errors that nobody handled:'],
  fails: ["throw new Error('wrong on purpose');", 'wrong on purpose'],
  passes: ['', '✔ passes'],
} as const;

describe('a run of specs', function () {
  this.timeout(180_000);
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'apiary-hooks-'));
    for (const [name, [deed]] of Object.entries(FAULTS))
      await writeFile(join(folder, `${name}.cjs`), `it('${name}', () => { ${deed} });`);
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('fails in parallel by what fails, by what nobody handled and by what is left open', async () => {
    const files = Object.keys(FAULTS).map((name) => join(folder, `${name}.cjs`));
    // The hook gives what is open some time to be gone.
    const options = ['--no-config', '--require', HOOKS, '--timeout', '60000', '--parallel', '--jobs', '2'];
    const run = await startNode([MOCHA, ...options, ...files]);

    const { code } = await run.exit;

    const said = run.stdout.join('\n');
    for (const [, words] of Object.values(FAULTS)) expect(said).to.include(words);
    expect(said).to.match(/ 3 passing .*\n +3 failing/);
    expect(code).to.equal(3);
  });

  it('gives each spec the limit that is written, as many times over as its patience says', async () => {
    await writeFile(join(folder, 'limited.cjs'), LIMITED);
    const options = ['--no-config', '--require', HOOKS, '--timeout', '60000'];
    const run = await startNode([MOCHA, ...options, join(folder, 'limited.cjs')], { SPEC_PATIENCE: '2' });

    const { code } = await run.exit;

    expect(run.stdout.join('\n')).to.include('4 passing');
    expect(code).to.equal(0);
  });
});
