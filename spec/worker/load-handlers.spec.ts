import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { loadHandlers } from '../../lib/worker/load-handlers.ts';
import { moduleUrl } from '../support/program.ts';

const DEFINE = moduleUrl('lib/jobs/define.ts');
const SCHEDULE = moduleUrl('lib/jobs/schedule.ts');

/** A handler module in the language of the loader: what it exports is written out. */
const moduleOf = (exported: string): string => `
  import { defineJob, handle } from ${JSON.stringify(DEFINE)};
  import { schedule } from ${JSON.stringify(SCHEDULE)};
  const schema = { '~standard': { version: 1, vendor: 'spec', validate: (value) => ({ value }) } };
  const of = (type) => handle(defineJob({ type, schema }), () => undefined);
  const daily = (name) => schedule(defineJob({ type: 'one', schema }), { name, cron: '@daily', data: 1 });
  ${exported}
`;

describe('loadHandlers', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'apiary-spec-handlers-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const write = async (name: string, source: string): Promise<string> => {
    const file = join(folder, name);
    await writeFile(file, source);
    return file;
  };
  const typesOf = async (path: string): Promise<string[]> =>
    (await loadHandlers(path)).handlers.map(({ definition }) => definition.type);
  const failureOf = (loading: Promise<unknown>): Promise<Error> =>
    loading.then(
      () => expect.fail('it was loaded'),
      (error) => error,
    );

  it('loads a module that exports one handler', async () => {
    expect(await typesOf(await write('one.mjs', moduleOf("export default of('one')")))).to.deep.equal([
      'one',
    ]);
  });

  it('loads a module that exports several', async () => {
    const file = await write('two.mjs', moduleOf("export default [of('one'), of('two')]"));

    expect(await typesOf(file)).to.deep.equal(['one', 'two']);
  });

  it('loads schedules beside handlers, and where there is no handler', async () => {
    await write('a.mjs', moduleOf("export default [of('one'), daily('first')]"));
    await write('b.mjs', moduleOf("export default daily('second')"));

    const { handlers, schedules } = await loadHandlers(folder);

    expect(handlers).to.have.length(1);
    expect(schedules.map(({ schedule: { name } }) => name)).to.deep.equal(['first', 'second']);
  });

  it('loads every module of a folder in the order of their names, and nothing else', async () => {
    await write('b.mjs', moduleOf("export default of('b')"));
    await write('a.mjs', moduleOf("export default of('a')"));
    await write('readme.md', 'not a module');
    await write('types.d.ts', 'export {};');
    await mkdir(join(folder, 'deeper'));
    await writeFile(join(folder, 'deeper', 'c.mjs'), moduleOf("export default of('c')"));

    expect(await typesOf(folder)).to.deep.equal(['a', 'b']);
  });

  it('loads one module after another, as one of CommonJS cannot require what is still being imported', async () => {
    const begun = `
      globalThis.loading ??= 0;
      if (globalThis.loading++ > 0) throw new Error('another module is being loaded');
      await new Promise((resolve) => setImmediate(resolve));
      globalThis.loading--;`;
    await write('a.mjs', `${moduleOf("export default of('a')")}${begun}`);
    await write('b.mjs', `${moduleOf("export default of('b')")}${begun}`);

    expect(await typesOf(folder)).to.deep.equal(['a', 'b']);
  });

  it('loads a module that was compiled to CommonJS', async () => {
    const schema = "{ '~standard': { validate: (value) => ({ value }) } }";
    const handler = `{ definition: { type: 'old', queue: 'default', schema: ${schema} }, run() {} }`;
    const file = await write(
      'old.cjs',
      `Object.defineProperty(exports, '__esModule', { value: true }); exports.default = ${handler};`,
    );

    expect(await typesOf(file)).to.deep.equal(['old']);
  });

  for (const [what, source] of [
    ['exports no default', 'export const one = of("one")'],
    ['exports something else', 'export default { run() {} }'],
    ['exports a plain function', 'export default () => 1'],
    ['exports an empty array', 'export default []'],
    ['exports an array with something else in it', 'export default [of("one"), 5]'],
    ['throws', 'throw new Error("no luck")'],
    ['cannot be parsed', 'export default of('],
  ] as const) {
    it(`refuses a module that ${what}, and names it`, async () => {
      const file = await write('bad.mjs', moduleOf(source));

      const error = await failureOf(loadHandlers(file));

      expect(error).to.include({ code: 'HANDLER_INVALID' });
      expect(error.message).to.include(file);
    });
  }

  it('refuses a path that does not exist, and names it', async () => {
    const error = await failureOf(loadHandlers(join(folder, 'none.mjs')));

    expect(error).to.include({ code: 'HANDLER_INVALID' });
    expect(error.message).to.include(join(folder, 'none.mjs'));
  });
});
