import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { ROOT, readPage } from '../support/pages.ts';
import type { Block } from './blocks.ts';

/** A folder in which the blocks of the pages lie as they would in a checkout, each page in a folder of its own. */
export interface DocsCheckout {
  /** What the compiler says of all blocks in strict mode, by one program; empty when it says nothing. */
  compile(): Promise<string>;
  /** What the lint of the project says. The layout is not looked at: a page is narrower than a file. */
  lint(): Promise<string>;
  remove(): Promise<void>;
}

/** Puts blocks of JavaScript and TypeScript where a checkout would have them, the package leading to its source. */
export async function checkOut(blocks: readonly Block[]): Promise<DocsCheckout> {
  const folder = await mkdtemp(join(tmpdir(), 'apiary-docs-'));
  for (const name of ['node_modules', 'lib']) await symlink(join(ROOT, name), join(folder, name));
  await copyFile(join(ROOT, 'package.json'), join(folder, 'package.json'));
  await mkdir(join(folder, 'spec/docs'), { recursive: true });
  await copyFile(join(ROOT, 'spec/docs/taken.ts'), join(folder, 'spec/docs/taken.ts'));
  for (const block of blocks) {
    const file = join(folder, fileOf(block));
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, moduleOf(block, file, folder));
  }
  return {
    compile: () => compile(folder),
    lint: () => lint(folder),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Where a block is put, as a path in which its page and line can be read. */
function fileOf({ page, path, line, language }: Block): string {
  return join(page.replace(/\.md$/, ''), path ?? `line-${line}.${language}`);
}

function moduleOf({ code, taken }: Block, file: string, folder: string): string {
  if (taken.length === 0) return /^(import|export) /m.test(code) ? code : `export {};\n${code}`;
  const steps = '../'.repeat(file.slice(folder.length + 1).split('/').length - 1);
  return `import { ${taken.join(', ')} } from '${steps}spec/docs/taken.ts';\n${code}`;
}

async function compile(folder: string): Promise<string> {
  const compilerOptions = {
    noEmit: true,
    rootDir: '/',
    allowJs: true,
    checkJs: true,
    types: ['node', 'mocha'],
    customConditions: ['apiary-source'],
    // The package that is built from this module.
    paths: { 'apiary-jobs-client': ['./lib/client.ts'] },
  };
  const config = {
    extends: join(ROOT, 'tsconfig.json'),
    compilerOptions,
    include: ['.'],
    exclude: ['lib', 'node_modules'],
  };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config));
  return run(join(folderOf('typescript'), 'bin/tsc'), ['-p', folder, '--checkers', '1'], folder);
}

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
