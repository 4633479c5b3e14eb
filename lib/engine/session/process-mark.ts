import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** A process among all of its machine. */
interface ProcessMark {
  /** Which machine: a boot of a kernel, and the processes that see each other there. A container is one. */
  machine: string;
  pid: number;
  /** When it began, in ticks since the boot: another may have its pid later. */
  began: number;
}

/** What the kernel tells of a process. */
interface ProcessFacts {
  state: string;
  began: number;
}

/** Where these stand in `/proc/<pid>/stat` behind the name of the program, see proc(5). */
const STATE = 0;
const BEGAN = 19;
/** Of a process that has ended, and that its parent has not asked for yet. */
const ENDED_STATES = ['Z', 'X'];
const MACHINE_LENGTH = 10;
const TEXT = /^([0-9a-f]+)-([0-9a-z]+)-([0-9a-z]+)$/;
const RADIX = 36;
/** A look costs some twenty microseconds. */
const LOOK_MS = 500;

/** The mark of this process, null where the system does not tell enough; Linux does. */
const OWN: ProcessMark | null = ownMark();

/** The mark of this process as a text without dots; empty where it has none. */
export const OWN_MARK = OWN
  ? [OWN.machine, OWN.pid.toString(RADIX), OWN.began.toString(RADIX)].join('-')
  : '';

/** What the last looks found. */
let found = new Map<string, boolean>();
let foundAt = Number.NEGATIVE_INFINITY;

/**
 * Whether the process of a mark has ended for sure. Only those of this machine can be looked at, so false says nothing.
 * Each is looked at once in half a second, however many ask.
 */
export function hasEnded(mark: string): boolean {
  if (OWN === null || mark === OWN_MARK || !mark.startsWith(OWN.machine)) return false;
  const now = performance.now();
  if (now - foundAt >= LOOK_MS) [found, foundAt] = [new Map(), now];
  const known = found.get(mark);
  if (known !== undefined) return known;
  const [, machine, pid = '', began = ''] = TEXT.exec(mark) ?? [];
  const isFound =
    machine === OWN.machine && isOver(Number.parseInt(pid, RADIX), Number.parseInt(began, RADIX));
  found.set(mark, isFound);
  return isFound;
}

function isOver(pid: number, began: number): boolean {
  // To process.kill, a pid of 0 is a whole group.
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // Whoever may not be signalled is there.
    return error instanceof Error && 'code' in error && error.code === 'ESRCH';
  }
  const facts = factsOf(String(pid));
  return facts !== null && (facts.began !== began || ENDED_STATES.includes(facts.state));
}

function ownMark(): ProcessMark | null {
  const facts = factsOf('self');
  const boot = read(() => readFileSync('/proc/sys/kernel/random/boot_id', 'latin1'));
  const pids = read(() => readlinkSync('/proc/self/ns/pid'));
  if (facts === null || boot === null || pids === null) return null;
  // Where clocks have spaces of their own, times since the boot differ; machines made of one image differ by name.
  const times = read(() => readlinkSync('/proc/self/ns/time'));
  const facets = JSON.stringify([boot, pids, times, hostname()]);
  const machine = createHash('sha256').update(facets).digest('hex').slice(0, MACHINE_LENGTH);
  return { machine, pid: process.pid, began: facts.began };
}

function factsOf(pid: string): ProcessFacts | null {
  const stat = read(() => readFileSync(`/proc/${pid}/stat`, 'latin1'));
  // The name of the program stands in brackets, and may have any character.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? [];
  const [state, began] = [fields[STATE], Number(fields[BEGAN])];
  return state !== undefined && Number.isInteger(began) ? { state, began } : null;
}

function read(from: () => string): string | null {
  try {
    return from();
  } catch {
    return null;
  }
}
