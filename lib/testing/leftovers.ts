import { spawn } from 'node:child_process';

/** What is to be gone when this process is, however it ends. */
export interface Leftovers {
  /** Ends this process's child too. */
  add(pid: number): void;
  /** Leaves everything as it is; for when it has been cleared away in order. */
  dismiss(): void;
}

/** Reads pids until this process has let go of the other end of its input, which it does in dying of whatever cause. */
const WATCH =
  'while read -r pid; do kill="$kill $pid"; done; [ -z "$kill" ] || kill -9 $kill; rm -rf -- "$0"';

/**
 * Watches over a folder, and over children to be named, from a process of its own: a signal handler here would change
 * how a test run ends, and none is called at SIGKILL. The children are ended by SIGKILL, as nothing of theirs is kept.
 */
export function watchLeftovers(folder: string): Leftovers {
  // A process group of its own, as Ctrl-C in a terminal goes to the whole group.
  const watcher = spawn('/bin/sh', ['-c', WATCH, folder], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  // Without a watcher the tests run all the same.
  watcher.on('error', () => {});
  watcher.stdin.on('error', () => {});
  // It must not keep alive what it waits for the end of.
  watcher.unref();
  if ('unref' in watcher.stdin && typeof watcher.stdin.unref === 'function') watcher.stdin.unref();
  return {
    add: (pid) => void watcher.stdin.write(`${pid}\n`),
    dismiss: () => void watcher.kill('SIGKILL'),
  };
}
