import { type ChildProcess, execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { z } from 'zod';
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

/** What the declarations of a user's project need, which is a peer of ours. */
const PEERS = ['node_modules/@types/node', 'node_modules/undici-types'];

/** TypeScript's own version of this project. */
export const COMPILER = join(
  dirname(createRequire(import.meta.url).resolve('typescript/package.json')),
  'bin/tsc',
);

/** Makes an empty project: ESM or CommonJS is told by the endings of its files. */
export async function emptyProject(): Promise<Project> {
  const folder = await mkdtemp(join(tmpdir(), 'apiary-package-'));
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

let packed: Promise<Tarball> | null = null;
let packedClient: Promise<Tarball> | null = null;

/** Builds and packs, once for all specs and in a folder of its own, so that `dist` stays as it is. It goes with the process. */
export function pack(): Promise<Tarball> {
  packed ??= packIn(async (stage) => {
    for (const file of ['package.json', 'README.md', 'LICENSE', 'env.local']) {
      await copyFile(join(ROOT, file), join(stage.folder, file));
    }
    await succeed(stage, process.execPath, [join(ROOT, 'compose/build.mjs'), join(stage.folder, 'dist')]);
    return stage.folder;
  });
  return packed;
}

/** The same of `apiary-jobs-client`. */
export function packClient(): Promise<Tarball> {
  packedClient ??= packIn(async (stage) => {
    const folder = join(stage.folder, 'client');
    await succeed(stage, process.execPath, [join(ROOT, 'compose/build-client.mjs'), folder]);
    return folder;
  });
  return packedClient;
}

async function packIn(build: (stage: Project) => Promise<string>): Promise<Tarball> {
  const stage = await emptyProject();
  process.once('exit', () => rmSync(stage.folder, { recursive: true, force: true }));
  const folder = await build(stage);
  const output = await succeed(stage, 'npm', ['pack', folder, '--ignore-scripts', '--json', '--silent']);
  const [{ filename, files }] = Packed.parse(JSON.parse(output));
  return { path: join(stage.folder, filename), files: files.map(({ path }) => path) };
}

/** Installs the tarball with the dependencies that our lock file names: those are in npm's cache since `npm ci`. */
export async function installLocked(project: Project, tarball: Tarball): Promise<void> {
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
  await copyFile(tarball.path, join(project.folder, 'apiary-jobs.tgz'));
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
