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
});
