import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { programArgs } from './support/program.ts';
import { redisUrl } from './support/redis.ts';
import { until } from './support/wait.ts';

const PROCESS_LIMIT_MS = 180_000;
const STEP_LIMIT_MS = 60_000;
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const CTRL_Z = '\u001a';
const CTRL_C = '\u0003';

/** The program of util-linux that gives what it runs a terminal. */
const hasTerminal = spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux');

describe('apiary start in a terminal', function () {
  this.timeout(PROCESS_LIMIT_MS);
  let terminal: ChildProcess;
  let screen: string;

  const type = (text: string): void => void terminal.stdin?.write(text);
  const shows = (pattern: RegExp) => until(() => pattern.test(screen), `it shows ${pattern}`, STEP_LIMIT_MS);

  beforeEach(function () {
    if (!hasTerminal) this.skip();
    screen = '';
    const { PATH = '', HOME = '' } = process.env;
    const ports = { API_PORT: '0', MONITOR_PORT: '0', HEALTH_PORT: '0' };
    const env = { PATH, HOME, TERM: 'dumb', PS1: '$ ', REDIS_URL: redisUrl(), ...ports };
    terminal = spawn('script', ['-qfc', 'bash --norc --noprofile -i', '/dev/null'], { cwd: ROOT, env });
    terminal.stdout?.on('data', (data: Buffer) => (screen += data.toString()));
  });

  afterEach(async () => {
    if (!terminal || terminal.exitCode !== null) return;
    type(`${CTRL_C}exit\n`);
    await once(terminal, 'exit');
  });

  it('is suspended by Ctrl-Z like any program, goes on with fg, and still takes jobs', async () => {
    type(`${[process.execPath, ...programArgs('lib/cli.ts')].join(' ')} start --worker\n`);
    await shows(/ready to work/);

    type(CTRL_Z);
    await shows(/Stopped/);
    expect(screen)
      .to.match(/suspended; fg goes on with it/)
      .and.not.match(/worker is quiet/);

    const health = /health .*listening .*url=(http:\S+)/.exec(screen)?.[1] ?? '';
    type('fg\n');
    const isReady = async () => (await fetch(`${health}/readyz/worker`)).status === 200;
    await until(isReady, 'the worker takes jobs again', STEP_LIMIT_MS);

    type(CTRL_C);
    await shows(/worker has stopped/);
    type('exit\n');
    await once(terminal, 'exit');
  });
});
