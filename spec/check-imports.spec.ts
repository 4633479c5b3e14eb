import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const CHECK = fileURLToPath(new URL('../compose/check-imports.mjs', import.meta.url));
const BIOME = join(
  dirname(createRequire(import.meta.url).resolve('@biomejs/biome/package.json')),
  'bin/biome',
);
const RULES = new URL('../biome.json', import.meta.url);

describe('the directions of imports', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'apiary-imports-'));
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  function write(file: string, text: string): void {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }

  /** What the check says of a lib/ of this one file. */
  function said(file: string, text: string): { status: number | null; stderr: string } {
    write(file, text);
    return spawnSync(process.execPath, [CHECK, folder], { encoding: 'utf8' });
  }

  it('are those of the project', () => {
    expect(execFileSync(process.execPath, [CHECK], { encoding: 'utf8' })).to.equal('');
  });

  for (const [what, file, text] of [
    ['its own room', 'engine/pump/lane.ts', "import { a } from './pump.ts';"],
    ['a lower room', 'engine/pump/lane.ts', "import { a } from '../record/record.ts';"],
    ['the floor of its part', 'server/pages/visit.ts', "import { a } from '../problem.ts';"],
    ['a folder of its own room', 'engine/keys.ts', "import { a } from './scripts/table.ts';"],
    ['the floor of all', 'engine/pump/lane.ts', "import { a } from '../../errors.ts';"],
    ['a lower part', 'jobs/wait.ts', "import { a } from '../engine/keys.ts';"],
    ['a package', 'engine/pump/lane.ts', "import { Redis } from 'ioredis';"],
    ['an edge, from where it is handed out', 'index.ts', "export { a } from './engine/bee/queue.ts';"],
    ['anything, at the top', 'main.ts', "import { a } from './server/api/api.ts';"],
  ] as const) {
    it(`lead to ${what}`, () => {
      expect(said(file, text)).to.include({ status: 0, stderr: '' });
    });
  }

  for (const [what, file, text, why] of [
    [
      'a higher room',
      'engine/record/record.ts',
      "import { a } from '../pump/lane.ts';",
      'engine/pump stands above engine/record',
    ],
    [
      'a type of a higher room',
      'engine/session/session.ts',
      "import type { A } from '../pump/lane.ts';",
      'engine/pump stands above engine/session',
    ],
    [
      'a type of a higher room, within a line',
      'engine/keys.ts',
      "export type A = import('./queue/queue-core.ts').QueueCore;",
      'engine/queue stands above engine/.',
    ],
    [
      'a higher room, over several lines',
      'server/pages/pages.ts',
      "import {\n  a,\n} from '../monitor/monitor.ts';",
      'server/monitor stands above server/pages',
    ],
    [
      'what hands on a higher room',
      'server/arena/arena.ts',
      "export * from '../api/api.ts';",
      'server/api stands above server/arena',
    ],
    [
      'a room without a place',
      'engine/attic/box.ts',
      "import { a } from '../keys.ts';",
      'engine/attic has no place among the rooms',
    ],
    [
      'another part',
      'jobs/wait.ts',
      "import { a } from '../worker/worker.ts';",
      'jobs may not import worker',
    ],
    ['a part from the floor', 'errors.ts', "import { a } from './config.ts';", 'the floor imports nothing'],
    ['the top', 'open.ts', "import { a } from './main.ts';", 'open may not import top'],
    ['an edge', 'worker/worker.ts', "import { a } from '../engine/bee/queue.ts';", 'engine/bee is an edge'],
  ] as const) {
    it(`do not lead to ${what}`, () => {
      const { status, stderr } = said(file, text);

      expect(status).to.equal(1);
      expect(stderr).to.contain(`lib/${file} imports lib/`).and.to.contain(why);
    });
  }

  it('make no circle, types included', () => {
    const rules = JSON.parse(readFileSync(RULES, 'utf8')) as object;
    write('biome.json', JSON.stringify({ ...rules, vcs: undefined, files: undefined }));
    write('one.ts', "import type { Two } from './two.ts';\nexport type One = Two | null;\n");
    write('two.ts', "import type { One } from './one.ts';\nexport type Two = One | undefined;\n");

    const args = [BIOME, 'lint', '--only=suspicious/noImportCycles', '.'];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });

    expect(status).to.equal(1);
    expect(stdout + stderr).to.contain('This import is part of a cycle');
  });
});
