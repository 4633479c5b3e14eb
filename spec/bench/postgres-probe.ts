import { readFileSync } from 'node:fs';

/** What Linux counts the time of processes in, in microseconds. */
const TICK_MICROS = 10_000;

/** CPU time that a PostgreSQL has used so far, in microseconds: by all its processes, those that have ended too. */
export function postgresCpuMicros(pid: number): number {
  const running = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  const ticks = running.map((child) => ticksOf(child).own);
  const { own, ended } = ticksOf(pid);
  return TICK_MICROS * ticks.reduce((sum, some) => sum + some, own + ended);
}

function ticksOf(pid: number | string): { own: number; ended: number } {
  try {
    // The name of the program, in brackets, may have blanks in it.
    const [, behind = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
    const [user = 0, system = 0, endedUser = 0, endedSystem = 0] = behind
      .split(' ')
      .slice(11, 15)
      .map(Number);
    return { own: user + system, ended: endedUser + endedSystem };
  } catch {
    // It has ended since, and its time is in that of its parent at the next look.
    return { own: 0, ended: 0 };
  }
}
