import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { hasEnded, OWN_MARK } from '../../../lib/engine/session/process-mark.ts';
import { until } from '../../support/wait.ts';

describe('the mark of a process', () => {
  const started: ChildProcess[] = [];

  before(function () {
    // Systems without /proc tell too little, and marks are empty there.
    if (OWN_MARK === '') this.skip();
  });
  afterEach(() => {
    for (const child of started.splice(0)) child.kill('SIGKILL');
  });

  async function start(command: string, ...args: string[]) {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    started.push(child);
    await once(child, 'spawn');
    return { child, pid: child.pid ?? 0 };
  }

  /** The text behind the name of the program in what the kernel tells of a process. */
  const statOf = (pid: number): string[] =>
    readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ');
  const beganOf = (pid: number): number => Number(statOf(pid)[19]);
  const [machine = '', ownPid = '', ownBegan = ''] = OWN_MARK.split('-');
  const markOf = (pid: number, began: number, on = machine): string =>
    [on, pid.toString(36), began.toString(36)].join('-');

  it('names the machine, the process and when it began', () => {
    expect(markOf(process.pid, beganOf(process.pid))).to.equal(OWN_MARK);
    expect([Number.parseInt(ownPid, 36), Number.parseInt(ownBegan, 36)]).to.deep.equal([
      process.pid,
      beganOf(process.pid),
    ]);
  });

  it('tells that a process was killed, and of none that lives', async () => {
    const { child, pid } = await start('sleep', '60');
    const mark = markOf(pid, beganOf(pid));
    expect([hasEnded(mark), hasEnded(OWN_MARK)]).to.deep.equal([false, false]);

    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;

    await until(() => hasEnded(mark), 'it has ended');
  });

  it('tells it also of one that nobody has waited for yet', async () => {
    const { child } = await start('sh', '-c', 'sleep 0.5 & echo $!; exec sleep 60');
    const [told] = await once(child.stdout, 'data');
    const pid = Number(told);
    const mark = markOf(pid, beganOf(pid));
    expect(hasEnded(mark)).to.equal(false);

    await until(() => statOf(pid)[0] === 'Z', 'it waits to be asked for');

    await until(() => hasEnded(mark), 'it has ended');
  });

  it('tells it of one whose pid is that of another by now', () => {
    expect(hasEnded(markOf(process.pid, beganOf(process.pid) - 1))).to.equal(true);
  });

  it('says nothing of a process on another machine', () => {
    const gone = 2 ** 30;
    expect(hasEnded(markOf(gone, 1))).to.equal(true);
    expect(hasEnded(markOf(gone, 1, 'f'.repeat(machine.length)))).to.equal(false);
  });

  for (const text of [
    '',
    '-',
    '--',
    machine,
    `${machine}-`,
    `${machine}-0-1`,
    `${machine}--1-1`,
    `${machine}-zzzzzzzzzzzz-1`,
    `${machine}-${'z'.repeat(10_000)}-1`,
    `${machine}-1`,
    `${machine}-1-1-1`,
    `${machine}-NaN-1`,
    `${machine}-1\u0000-1`,
  ])
    it(`says nothing by ${JSON.stringify(text.slice(0, 40))}`, () => {
      expect(hasEnded(text)).to.equal(false);
    });
});
