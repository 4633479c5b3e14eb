import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { parsePasswordHash, verifyPassword } from '../lib/server/monitor/password-hash.ts';
import { programArgs } from './support/program.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Runs `apiary user` with these arguments and this on standard input. */
async function makeUser(args: readonly string[], input: string): Promise<{ code: number; output: string }> {
  const child = spawn(process.execPath, [...programArgs('lib/cli.ts'), 'user', ...args], { cwd: ROOT });
  child.stdin.end(input);
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'close')]);
  return { code: Number(code), output };
}

describe('apiary user', () => {
  it('makes an entry of MONITOR_USERS whose hash is that of the password', async () => {
    const { code, output } = await makeUser(['ada', '--role', 'operator'], 'correct horse\n');

    const [name, hash, role] = output.trim().split(':');
    const parsed = parsePasswordHash(hash ?? '');
    expect([code, name, role]).to.deep.equal([0, 'ada', 'operator']);
    expect(parsed !== null && (await verifyPassword('correct horse', parsed))).to.equal(true);
  });

  it('makes a viewer unless told otherwise', async () => {
    expect((await makeUser(['grace'], 'secret')).output.trim()).to.match(/^grace:scrypt\$.*:viewer$/);
  });

  it('makes one of some queues', async () => {
    const { output } = await makeUser(['otto', '--role', 'operator', '--queues', 'mail+shop-*'], 'secret');

    expect(output.trim()).to.match(/^otto:scrypt\$.*:operator:mail\+shop-\*$/);
  });

  it('makes one of some Redis servers', async () => {
    const where = ['--servers', 'redis+eu', '--queues', 'mail'];
    const { output } = await makeUser(['otto', '--role', 'operator', ...where], 'secret');

    expect(output.trim()).to.match(/^otto:scrypt\$.*:operator@redis\+eu:mail$/);
  });

  for (const [what, args, input] of [
    ['servers that cannot be', ['ada', '--servers', 'EU'], 'secret'],
    ['queues that cannot be', ['ada', '--queues', 'ma*il'], 'secret'],
    ['no password', ['ada'], '\n'],
    ['a name that does not fit the list', ['a:b'], 'secret'],
    ['a role that there is not', ['ada', '--role', 'god'], 'secret'],
  ] as const) {
    it(`refuses ${what}`, async () => {
      const { code, output } = await makeUser(args, input);

      expect(code).not.to.equal(0);
      expect(output).to.equal('');
    });
  }
});

describe('apiary on a Node that is too old', () => {
  // A version of the process cannot be changed; what reads it can be given another process.
  const OLD = `data:text/javascript,const versions = { ...process.versions, node: '18.20.8' };
    globalThis.process = Object.create(process, { versions: { value: versions } });`;

  it('says so in one line, and exits with 78', async () => {
    const child = spawn(process.execPath, ['--import', OLD, ...programArgs('lib/cli.ts'), 'start'], {
      cwd: ROOT,
    });
    const [output, errors, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close'),
    ]);

    expect(output + errors).to.equal('apiary needs Node 20.19 or newer; this is Node 18.20.8\n');
    expect(code).to.equal(78);
  });
});
