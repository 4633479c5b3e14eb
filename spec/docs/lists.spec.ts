import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { z } from 'zod';
import { CONFIG_VARIABLES } from '../lib/config.ts';
import { ERROR_CODES } from '../lib/errors.ts';
import { JOB_OPTION_NAMES } from '../lib/jobs/options.ts';
import { PAGES, ROOT, readPage } from './support/pages.ts';

describe('the documentation', () => {
  it('lists every error code, and no other', () => {
    expect(firstCells('docs/errors.md', 'code')).to.deep.equal(Object.keys(ERROR_CODES));
  });

  it('lists every setting, and no other', () => {
    expect(firstCells('README.md', 'variable')).to.have.members([...CONFIG_VARIABLES]);
  });

  it('lists every option of a job, and no other', () => {
    expect(firstCells('docs/add-jobs.md', 'option')).to.have.members([...JOB_OPTION_NAMES]);
  });

  it('lists every event of a worker, and no other', () => {
    const declared = [...readPage('lib/worker/events.ts').matchAll(/^ {2}'([\w:]+)': \[/gm)];

    expect(declared).to.not.be.empty;
    expect(firstCells('docs/handlers.md', 'event')).to.deep.equal(declared.map(([, name]) => name));
  });

  it('shows only modules that compile', async () => {
    const blocks = PAGES.flatMap(completeModules);
    expect(blocks).to.not.be.empty;

    expect(await inCheckout(blocks, compile)).to.equal('');
  });

  it('shows only modules that pass the lint of the project', async () => {
    expect(await inCheckout(PAGES.flatMap(completeModules), lint)).to.equal('');
  });
});

/** The names in code style in the first column of the table whose first heading is `heading`. */
function firstCells(page: string, heading: string): string[] {
  const [, table = ''] = readPage(page).split(new RegExp(`^\\| ${heading} \\|.*\\n\\|[-|]+\\|\\n`, 'm'));
  const rows = /^(\|.*\n)*/.exec(table)?.[0].trimEnd().split('\n') ?? [];
  const cells = rows.map((row) => row.split('|')[1] ?? '');
  return cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name));
}

interface Block {
  page: string;
  /** Where the page says the module belongs, or a name of its own. */
  path: string;
  code: string;
}

/** The blocks of TypeScript with an import; what stands above one as `path`: is its place. */
function completeModules(page: string): Block[] {
  const found = readPage(page).matchAll(/(?:`([\w./-]+\.ts)`:\n\n)?^```ts\n(.*?)^```$/gms);
  const blocks = [...found].map(([, path, code = ''], at) => ({
    page,
    path: path ?? `block-${at + 1}.ts`,
    code,
  }));
  return blocks.filter(({ code }) => /^import /m.test(code));
}

/**
 * Puts modules where a checkout would have them, the package leading to its source; resolves with what the check says.
 */
async function inCheckout(
  blocks: readonly Block[],
  check: (folder: string) => Promise<string>,
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'apiary-docs-'));
  try {
    await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    await copyFile(join(ROOT, 'package.json'), join(folder, 'package.json'));
    await symlink(join(ROOT, 'lib'), join(folder, 'lib'));
    for (const { page, path, code } of blocks) {
      const file = join(folder, page.replace(/\.md$/, ''), path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, code);
    }
    return await check(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function tsconfig(): object {
  const compilerOptions = {
    noEmit: true,
    rootDir: '/',
    types: ['node', 'mocha'],
    customConditions: ['apiary-source'],
  };
  return { extends: join(ROOT, 'tsconfig.json'), compilerOptions, include: ['.'], exclude: ['lib'] };
}

async function compile(folder: string): Promise<string> {
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(tsconfig()));
  return run(join(folderOf('typescript'), 'bin/tsc'), ['-p', folder], folder);
}

/** Its layout is not looked at: a page is narrower than a file. */
async function lint(folder: string): Promise<string> {
  const config = z
    .looseObject({ vcs: z.unknown(), files: z.unknown() })
    .parse(JSON.parse(readPage('biome.json')));
  const here = { ...config, vcs: undefined, files: { includes: ['**', '!lib'] } };
  await writeFile(join(folder, 'biome.json'), JSON.stringify(here));
  const args = ['lint', '--error-on-warnings', '--log-level=error', '.'];
  const said = await run(join(folderOf('@biomejs/biome'), 'bin/biome'), args, folder);
  return said.startsWith('Checked') ? '' : said;
}

function folderOf(name: string): string {
  return dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
}

function run(program: string, args: readonly string[], folder: string): Promise<string> {
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], { cwd: folder }, (error, stdout, stderr) => {
      resolve(stdout + stderr || (error?.message ?? ''));
    });
  });
}
