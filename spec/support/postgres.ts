import { execFile, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { chmod, chown, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { freePort } from '../../lib/redis/free-port.ts';
import { until } from './wait.ts';

/** A private PostgreSQL that a spec may end and start again. */
export interface SpecPostgres {
  readonly url: string;
  /** Of its process, to which all others of it belong; another one after each start. */
  readonly pid: number;
  /** A pool of the spec's own, ended with the server. */
  readonly pool: pg.Pool;
  /** Ends it as a crash would, by SIGKILL, and starts it again with what it had committed. */
  crash(): Promise<void>;
  /** Ends it in order, which cuts off all who are connected; `start` starts it again. */
  end(): Promise<void>;
  start(): Promise<void>;
  /** Ends it and removes its data. Harmless twice. */
  stop(): Promise<void>;
}

const run = promisify(execFile);
/** Where Debian has the programs, which are not on PATH there. */
const DEBIAN = '/usr/lib/postgresql';
/** Its programs refuse to run as root. */
const SETTINGS = [
  'listen_addresses=127.0.0.1',
  'shared_buffers=64MB',
  'max_connections=50',
  'autovacuum_naptime=1s',
];
/** A crash of the server loses nothing of what it has written, only one of the machine would. */
const UNSAFE = 'fsync=off';

/** Whether PostgreSQL is there; says so on the console where it is not. */
export function hasPostgres(): boolean {
  if (folderOfPrograms() !== null) return true;
  console.log('    no initdb on PATH: install PostgreSQL (Debian: postgresql) to run these specs');
  return false;
}

/** What a private PostgreSQL is started with. */
export interface SpecPostgresOptions {
  /** Whether it waits for the disk; default false. */
  durable?: boolean;
  /** Settings beside those of all specs, as `name=value`. */
  settings?: readonly string[];
}

/** Starts a server that belongs to the caller alone, who stops it. */
export async function startPostgres({
  durable = false,
  settings = [],
}: SpecPostgresOptions = {}): Promise<SpecPostgres> {
  const programs = folderOfPrograms();
  if (programs === null) throw new Error('there is no PostgreSQL');
  const owner = await ownerOfServer();
  const folder = await mkdtemp(join(tmpdir(), 'apiary-spec-postgres-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  if (owner.uid !== undefined && owner.gid !== undefined) await chown(folder, owner.uid, owner.gid);
  await chmod(folder, 0o700);
  const data = join(folder, 'data');
  const initdb = ['-D', data, '-U', 'spec', '--auth=trust', '--no-sync', '--encoding=UTF8', '--locale=C'];
  await run(join(programs, 'initdb'), initdb, { ...owner, cwd: folder });
  const port = await freePort();
  const url = `postgres://spec@127.0.0.1:${port}/postgres`;
  const program = join(programs, 'postgres');
  const own = [...(durable ? [] : [UNSAFE]), ...settings];
  const launch = () => launchServer({ program, folder, data, port, url, owner, settings: own });
  let server: ServerProcess | null = await launch();
  const pool = new pg.Pool({ connectionString: url });
  pool.on('error', () => undefined);
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const ending = server;
    server = null;
    await ending?.end(signal);
  };
  const start = async (): Promise<void> => {
    server ??= await launch();
  };
  return {
    url,
    pool,
    get pid() {
      return server?.pid ?? 0;
    },
    crash: async () => {
      await end('SIGKILL');
      await start();
    },
    end: () => end('SIGINT'),
    start,
    stop: async () => {
      if (!pool.ended) await pool.end();
      await end('SIGINT');
      remove();
      process.off('exit', remove);
    },
  };
}

interface ServerProcess {
  readonly pid: number;
  end(signal: NodeJS.Signals): Promise<void>;
}

type Owner = Pick<SpawnOptions, 'uid' | 'gid'>;

/** What a server process is started with. */
interface Launch {
  program: string;
  folder: string;
  data: string;
  port: number;
  url: string;
  owner: Owner;
  settings: readonly string[];
}

async function launchServer(launch: Launch): Promise<ServerProcess> {
  const { program, folder, data, port, url, owner, settings } = launch;
  const own = [`port=${port}`, `unix_socket_directories=${folder}`];
  const args = ['-D', data, ...[...SETTINGS, ...own, ...settings].flatMap((setting) => ['-c', setting])];
  const child = spawn(program, args, { ...owner, cwd: folder, stdio: 'ignore' });
  const ended = once(child, 'exit');
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  await until(() => answers(url), 'PostgreSQL takes commands', 60_000);
  return {
    pid: child.pid ?? 0,
    end: async (signal) => {
      child.kill(signal);
      await ended;
      process.off('exit', kill);
    },
  };
}

async function answers(connectionString: string): Promise<boolean> {
  const client = new pg.Client({ connectionString });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('select 1');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Nobody may run it as root: the user that the package has made for it then, or nobody. */
async function ownerOfServer(): Promise<Owner> {
  if (process.getuid?.() !== 0) return {};
  const idOf = async (flag: string): Promise<number> => {
    const of = (user: string) => run('id', [flag, user]).then(({ stdout }) => Number(stdout));
    return of('postgres').catch(() => of('nobody'));
  };
  return { uid: await idOf('-u'), gid: await idOf('-g') };
}

function folderOfPrograms(): string | null {
  const versions = existsSync(DEBIAN)
    ? readdirSync(DEBIAN).sort((one, other) => Number(other) - Number(one))
    : [];
  const folders = [
    ...(process.env['PATH'] ?? '').split(delimiter),
    ...versions.map((version) => join(DEBIAN, version, 'bin')),
  ];
  return folders.find((folder) => folder !== '' && existsSync(join(folder, 'initdb'))) ?? null;
}
