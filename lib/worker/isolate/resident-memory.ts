import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';

const KIB_PER_MIB = 1_024;

/** Reads how much memory of a process is resident, in MiB, whatever it is at; null where that cannot be known. */
export async function residentMb(pid: number): Promise<number | null> {
  const kib = process.platform === 'linux' ? await ofLinux(pid) : await byPs(pid);
  return kib === null ? null : Math.round(kib / KIB_PER_MIB);
}

async function ofLinux(pid: number): Promise<number | null> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const found = /^VmRSS:\s*(\d+) kB$/m.exec(status);
  return found ? Number(found[1]) : null;
}

function byPs(pid: number): Promise<number | null> {
  return new Promise((resolve) => {
    execFile('ps', ['-o', 'rss=', '-p', String(pid)], (error, said) => {
      const kib = Number(said);
      resolve(error || !Number.isFinite(kib) || kib === 0 ? null : kib);
    });
  });
}
