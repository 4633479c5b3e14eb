import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const SETUP = fileURLToPath(new URL('../compose/setup.mjs', import.meta.url));

describe('setup', () => {
  let checkout: string;

  const program = (name: string): void => {
    const file = join(checkout, 'bin', name);
    // Notes its name and arguments where the checkout is, and succeeds.
    writeFileSync(file, `#!/bin/sh\necho "${name} $*" >> "${checkout}/ran"\n`);
    chmodSync(file, 0o755);
  };
  const setUp = (env: Record<string, string> = {}) => {
    const { status, stdout } = spawnSync(process.execPath, [join(checkout, 'compose/setup.mjs')], {
      encoding: 'utf8',
      env: { PATH: join(checkout, 'bin'), npm_lifecycle_event: 'pretest', ...env },
    });
    const ran = join(checkout, 'ran');
    return { status, stdout, ran: existsSync(ran) ? readFileSync(ran, 'utf8') : '' };
  };

  beforeEach(() => {
    checkout = mkdtempSync(join(tmpdir(), 'apiary-setup-'));
    for (const folder of ['bin', 'compose', 'node_modules']) mkdirSync(join(checkout, folder));
    copyFileSync(SETUP, join(checkout, 'compose/setup.mjs'));
    writeFileSync(join(checkout, 'package-lock.json'), '{}');
    writeFileSync(join(checkout, 'node_modules/.package-lock.json'), '{}');
    program('npm');
    program('redis-server');
  });

  afterEach(() => rmSync(checkout, { recursive: true }));

  it('is silent and does nothing when nothing is missing', () => {
    expect(setUp()).to.deep.equal({ status: 0, stdout: '', ran: '' });
  });

  it('takes valkey-server for a Redis', () => {
    rmSync(join(checkout, 'bin/redis-server'));
    program('valkey-server');

    expect(setUp()).to.deep.equal({ status: 0, stdout: '', ran: '' });
  });

  it('installs the packages when there are none', () => {
    rmSync(join(checkout, 'node_modules'), { recursive: true });

    expect(setUp()).to.deep.equal({
      status: 0,
      stdout: 'setup: installing the packages of package-lock.json\n',
      ran: 'npm ci --include=dev --no-audit --no-fund\n',
    });
  });

  it('installs the packages anew when package-lock.json is newer', () => {
    const soon = new Date(Date.now() + 60_000);
    utimesSync(join(checkout, 'package-lock.json'), soon, soon);

    expect(setUp().ran).to.match(/^npm ci /);
  });

  it('installs nothing in production', () => {
    rmSync(join(checkout, 'node_modules'), { recursive: true });
    rmSync(join(checkout, 'bin/redis-server'));

    expect(setUp({ NODE_ENV: 'production' })).to.deep.equal({ status: 0, stdout: '', ran: '' });
  });

  it('names the command that mends it, and fails, where it cannot install Redis', () => {
    rmSync(join(checkout, 'bin/redis-server'));
    program('apk');

    const { status, stdout } = setUp();

    expect(status).to.equal(1);
    expect(stdout).to.equal('setup: there is no redis-server; run: apk add redis\n');
  });

  it('asks for no redis-server to start with a Redis elsewhere', () => {
    rmSync(join(checkout, 'bin/redis-server'));
    const env = { REDIS_URL: 'redis://elsewhere' };

    expect(setUp({ ...env, npm_lifecycle_event: 'prestart' }).status).to.equal(0);
    expect(setUp({ ...env, npm_lifecycle_event: 'pretest' }).status).to.equal(1);
  });
});
