import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
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

  const script = (name: string, text: string): void => {
    const file = join(checkout, 'bin', name);
    writeFileSync(file, `#!/bin/sh\n${text}\n`);
    chmodSync(file, 0o755);
  };
  /** Notes its name and arguments where the checkout is, and succeeds. */
  const program = (name: string): void => script(name, `echo "${name} $*" >> "${checkout}/ran"`);
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
    for (const folder of ['bin', 'compose', 'node_modules/tsx'])
      mkdirSync(join(checkout, folder), { recursive: true });
    writeFileSync(join(checkout, 'package.json'), '{ "engines": { "node": ">=20.19" } }');
    writeFileSync(join(checkout, 'node_modules/tsx/package.json'), '{}');
    copyFileSync(SETUP, join(checkout, 'compose/setup.mjs'));
    writeFileSync(join(checkout, 'package-lock.json'), '{}');
    writeFileSync(join(checkout, 'node_modules/.package-lock.json'), '{}');
    program('npm');
    program('redis-server');
    program('initdb');
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
    rmSync(join(checkout, 'node_modules/.package-lock.json'));

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
    rmSync(join(checkout, 'node_modules/.package-lock.json'));
    rmSync(join(checkout, 'bin/redis-server'));

    expect(setUp({ NODE_ENV: 'production' })).to.deep.equal({ status: 0, stdout: '', ran: '' });
  });

  for (const NODE_ENV of ['development', 'production']) {
    it(`says what to do after npm prune --omit=dev, in ${NODE_ENV}, and brings nothing back`, () => {
      rmSync(join(checkout, 'node_modules/tsx'), { recursive: true });

      expect(setUp({ NODE_ENV })).to.deep.equal({
        status: 1,
        stdout:
          'setup: the packages of development are missing, as after npm prune --omit=dev; to start what is built, run: node dist/cli.js start; to run from source: npm ci --include=dev\n',
        ran: '',
      });
    });
  }

  it('says in one line which Node it needs', () => {
    writeFileSync(join(checkout, 'package.json'), '{ "engines": { "node": ">=98.7" } }');

    expect(setUp()).to.deep.equal({
      status: 1,
      stdout: `setup: Node 98.7 or newer is needed; this is Node ${process.versions.node}\n`,
      ran: '',
    });
  });

  it('names the command that mends it, and fails, where it cannot install Redis', () => {
    rmSync(join(checkout, 'bin/redis-server'));
    program('apk');

    const { status, stdout } = setUp();

    expect(status).to.equal(1);
    expect(stdout).to.equal('setup: there is no redis-server; run: apk add redis\n');
  });

  describe('without PostgreSQL', () => {
    beforeEach(() => {
      rmSync(join(checkout, 'bin/initdb'));
      symlinkSync('/bin/sh', join(checkout, 'bin/sh'));
    });

    it('installs its programs for the specs, and no cluster that the system starts', () => {
      for (const name of ['apt-get', 'mkdir', 'tee', 'ls', 'sort', 'tail', 'ln']) program(name);
      script('sudo', 'shift; exec "$@"');

      const { status, ran } = setUp();

      expect(status).to.equal(0);
      expect(ran).to.include('mkdir -p /etc/postgresql-common/createcluster.d');
      expect(ran).to.include('apt-get install -y -qq --no-install-recommends postgresql');
    });

    it('goes on where it cannot install it, and where there are no specs to be run', () => {
      expect(setUp()).to.deep.equal({ status: 0, stdout: '', ran: '' });
      program('apt-get');
      expect(setUp({ npm_lifecycle_event: 'prestart' })).to.deep.equal({ status: 0, stdout: '', ran: '' });
    });
  });

  describe('with apt-get', () => {
    const POLICY = '/usr/sbin/policy-rc.d';

    beforeEach(() => {
      rmSync(join(checkout, 'bin/redis-server'));
      symlinkSync('/bin/sh', join(checkout, 'bin/sh'));
      for (const name of ['apt-get', 'ln', 'redis-check-rdb']) program(name);
      script('sudo', 'shift; exec "$@"');
    });

    it('installs the program of the server without the service of the system', () => {
      const { status, ran } = setUp();

      expect(status).to.equal(0);
      expect(ran.trimEnd().split('\n')).to.deep.equal([
        'apt-get update -qq',
        'apt-get install -y -qq --no-install-recommends redis-tools',
        `ln -sf ${join(checkout, 'bin/redis-check-rdb')} /usr/local/bin/redis-server`,
      ]);
    });

    for (const signal of ['INT', 'TERM', 'KILL']) {
      it(`leaves nothing on the host when SIG${signal} ends it amid the installation`, () => {
        const before = existsSync(POLICY);
        script('apt-get', `kill -${signal} $PPID`);

        const { status } = setUp();

        expect([status, existsSync(POLICY)]).to.deep.equal([1, before]);
      });
    }
  });

  it('asks for no redis-server to start with a Redis elsewhere', () => {
    rmSync(join(checkout, 'bin/redis-server'));
    const env = { REDIS_URL: 'redis://elsewhere' };

    expect(setUp({ ...env, npm_lifecycle_event: 'prestart' }).status).to.equal(0);
    expect(setUp({ ...env, npm_lifecycle_event: 'pretest' }).status).to.equal(1);
  });
});
