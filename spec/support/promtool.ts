import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Runs Prometheus's own checker; resolves with what it says, rejects with that when it finds a fault. */
export async function promtool(...args: string[]): Promise<string> {
  const { stdout } = await run('promtool', args).catch((error: { stdout?: string; stderr?: string }) => {
    throw new Error(`promtool ${args.join(' ')}: ${error.stdout ?? ''}${error.stderr ?? ''}`);
  });
  return stdout;
}

/** Whether it is on PATH; says so on the console where it is not. */
export async function hasPromtool(): Promise<boolean> {
  try {
    await run('promtool', ['--version']);
    return true;
  } catch {
    console.log('    no promtool on PATH: install prometheus to run these specs');
    return false;
  }
}
