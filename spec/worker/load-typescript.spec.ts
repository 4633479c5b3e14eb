import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { startCommand } from '../support/process.ts';
import { moduleUrl, RUNS_TYPESCRIPT } from '../support/program.ts';

const HANDLERS = `
  import { defineJob, handle } from '${moduleUrl('lib/jobs/define.ts')}';
  const schema = { '~standard': { version: 1, vendor: 'spec', validate: (value: unknown) => ({ value }) } } as const;
`;
const PROGRAM = `
  import { loadHandlers } from '${moduleUrl('lib/worker/load-handlers.ts')}';
  const { handlers } = await loadHandlers(process.argv.at(-1));
  console.log(handlers.map(({ definition }) => definition.type).join());
`;

describe('loadHandlers, where Node runs TypeScript', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'apiary-spec-handlers-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('loads it beside other modules, and no declarations', async () => {
    for (const name of ['b.ts', 'c.mts']) {
      const exported = `export default handle(defineJob({ type: '${name}', schema }), (): void => {});`;
      await writeFile(join(folder, name), HANDLERS + exported);
    }
    await writeFile(join(folder, 'd.mjs'), `export { default } from './b.ts';`);
    await writeFile(join(folder, 'types.d.ts'), 'export {};');

    const program = ['--input-type=module', '--eval', PROGRAM, folder];
    const run = await startCommand(process.execPath, [...RUNS_TYPESCRIPT, ...program], {}, folder);

    await run.exit;
    expect(run.stdout, run.stderr.join('\n')).to.deep.equal(['b.ts,c.mts,b.ts']);
  });
});
