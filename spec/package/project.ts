import { type ChildProcess, execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { oncePerRun } from '../support/once-per-run.ts';
import { ROOT } from '../support/pages.ts';

/** How a command ended, and all that it printed. */
export interface Ran {
  code: number;
  output: string;
}

/** A project of a user, in a folder of its own. */
export interface Project {
  readonly folder: string;
  write(path: string, text: string): Promise<void>;
  /** Runs a command in its folder, with nothing of our environment but PATH, HOME and what is given. */
  run(command: string, args: readonly string[], env?: Record<string, string>): Promise<Ran>;
  remove(): Promise<void>;
}

/** What `npm publish` would send: `package.json` as it stands, the build and what npm adds by itself. */
export interface Tarball {
  readonly path: string;
  /** The files in it. */
  readonly files: readonly string[];
}

const Entry = z.looseObject({ dev: z.boolean().optional() });
const Lock = z.looseObject({ packages: z.record(z.string(), Entry) });
const Manifest = z.looseObject({ dependencies: z.record(z.string(), z.string()) });
/** What a package says of itself. */
export type Manifest = z.infer<typeof Manifest>;
const Packed = z.tuple([z.object({ filename: z.string(), files: z.array(z.object({ path: z.string() })) })]);

/** Where the words of npm about a tarball are kept. */
const PACKED = 'packed.json';

/** What the declarations of a user's project need, which is a peer of ours. */
const PEERS = ['node_modules/@types/node', 'node_modules/undici-types'];

/** What Node runs to compile a project by the TypeScript of ours; one checker needs half as much of the machine as four. */
export const COMPILE: readonly string[] = [
  join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc'),
  ...['-p', '.', '--checkers', '1'],
];

/** Makes an empty project: ESM or CommonJS is told by the endings of its files. */
export async function emptyProject(): Promise<Project> {
  return projectIn(await mkdtemp(join(tmpdir(), 'apiary-package-')));
}

function projectIn(folder: string): Project {
  return {
    folder,
    write: async (path, text) => {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    },
    run: (command, args, env = {}) => run(command, args, folder, env),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Builds and packs, once for all specs and in a folder of its own, so that `dist` stays as it is. */
export async function pack(): Promise<Tarball> {
  return packedIn(await oncePerRun('package', packIn));
}

async function packIn(stage: string): Promise<void> {
  for (const file of ['package.json', 'README.md', 'LICENSE', 'env.local']) {
    await copyFile(join(ROOT, file), join(stage, file));
  }
  await buildAndPack(stage, { build: 'compose/build.mjs', into: 'dist', packed: '.' });
}

/** The same of `apiary-jobs-client`. */
export async function packClient(): Promise<Tarball> {
  return packedIn(await oncePerRun('client', packClientIn));
}

async function packClientIn(stage: string): Promise<void> {
  await buildAndPack(stage, { build: 'compose/build-client.mjs', into: 'client', packed: './client' });
}

async function buildAndPack(
  stage: string,
  { build, into, packed }: { build: string; into: string; packed: string },
): Promise<void> {
  const project = projectIn(stage);
  const declarations = await oncePerRun('declarations', declareIn);
  await succeed(project, process.execPath, [join(ROOT, build), join(stage, into), declarations]);
  const output = await succeed(project, 'npm', ['pack', packed, '--ignore-scripts', '--json', '--silent']);
  await project.write(PACKED, output);
}

/** Compiles what the builds of both packages are made from; in `npm test` the lint has done so, see spec/run.mjs. */
async function declareIn(folder: string): Promise<void> {
  const compiling = `import { compileDeclarations } from '${pathToFileURL(join(ROOT, 'compose/declare.mjs'))}';
    process.exitCode = compileDeclarations(process.argv[1]) ? 0 : 1;`;
  await succeed(projectIn(folder), process.execPath, ['--input-type=module', '-e', compiling, folder]);
}

async function packedIn(stage: string): Promise<Tarball> {
  const [{ filename, files }] = Packed.parse(JSON.parse(await readFile(join(stage, PACKED), 'utf8')));
  return { path: join(stage, filename), files: files.map(({ path }) => path) };
}

/**
 * Makes a project that has the package and nothing else installed, with the dependencies that our lock file names: those
 * are in npm's cache since `npm ci`. The packages are installed once for all specs, and linked here.
 */
export async function installedProject(): Promise<Project> {
  const [installed, project] = await Promise.all([oncePerRun('installed', installIn), emptyProject()]);
  for (const file of ['package.json', 'package-lock.json', 'apiary-jobs.tgz']) {
    await copyFile(join(installed, file), join(project.folder, file));
  }
  await linkEach(join(installed, 'node_modules'), join(project.folder, 'node_modules'));
  return project;
}

/** Links what is in a folder of packages; folders that hold others are made, so that more can be put there. */
async function linkEach(from: string, to: string): Promise<void> {
  await mkdir(to);
  for (const name of await readdir(from)) {
    if (name.startsWith('@') || name === '.bin') await linkEach(join(from, name), join(to, name));
    else await symlink(join(from, name), join(to, name));
  }
}

async function installIn(folder: string): Promise<void> {
  const project = projectIn(folder);
  const tarball = await pack();
  const manifest: object = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
  const { packages } = Lock.parse(JSON.parse(await readFile(join(ROOT, 'package-lock.json'), 'utf8')));
  const needed = Object.entries(packages).filter(
    ([path, { dev }]) => path !== '' && (!dev || PEERS.includes(path)),
  );
  const root = { dependencies: { 'apiary-jobs': 'file:apiary-jobs.tgz' } };
  const locked = {
    lockfileVersion: 3,
    packages: {
      '': root,
      'node_modules/apiary-jobs': { ...manifest, resolved: 'file:apiary-jobs.tgz' },
      ...Object.fromEntries(needed.map(([path, { dev: _, ...entry }]) => [path, entry])),
    },
  };
  await copyFile(tarball.path, join(folder, 'apiary-jobs.tgz'));
  await project.write('package.json', JSON.stringify(root));
  await project.write('package-lock.json', JSON.stringify(locked));
  await succeed(project, 'npm', ['ci', '--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund']);
}

/**
 * Unpacks the tarball as the package of this name, and links what it depends on, and the peers, from this project: nothing is
 * asked of the registry. Resolves with its manifest.
 */
export async function installLinked(project: Project, name: string, tarball: Tarball): Promise<Manifest> {
  const modules = join(project.folder, 'node_modules');
  const folder = join(modules, name);
  await mkdir(folder, { recursive: true });
  await succeed(project, 'tar', ['-xzf', tarball.path, '--strip-components=1', '-C', folder]);
  const manifest = Manifest.parse(JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')));
  const peers = [...PEERS.map((path) => path.replace('node_modules/', '')), '@opentelemetry/api'];
  for (const linked of [...Object.keys(manifest.dependencies), ...peers]) {
    const place = join(modules, linked);
    await mkdir(dirname(place), { recursive: true });
    await rm(place, { force: true });
    await symlink(join(ROOT, 'node_modules', linked), place);
  }
  return manifest;
}

/** Runs a command that must end with 0; resolves with what it printed. */
export async function succeed(
  project: Project,
  command: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<string> {
  const { code, output } = await project.run(command, args, env);
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}:\n${output}`);
  return output;
}

function run(
  command: string,
  args: readonly string[],
  cwd: string,
  env: Record<string, string>,
): Promise<Ran> {
  const { PATH = '', HOME = '' } = process.env;
  // Node itself first: `npm` and the command line then run on the version that runs the specs, unless `env` says another.
  const path = [dirname(process.execPath), PATH].join(delimiter);
  return new Promise((resolve) => {
    const child: ChildProcess = execFile(
      command,
      [...args],
      { cwd, env: { PATH: path, HOME, NO_COLOR: '1', ...env }, maxBuffer: 16 * 1024 * 1024 },
      (_error, stdout, stderr) => resolve({ code: child.exitCode ?? 1, output: stdout + stderr }),
    );
  });
}
