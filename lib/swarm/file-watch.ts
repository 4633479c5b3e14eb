import { type FSWatcher, readdirSync, statSync, watch } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** What is watched, and who is told. */
export interface FileWatchOptions {
  /** A file, whose folder is watched, or a folder. */
  path: string;
  /** Called once for changes that come close together. */
  onChange: (file: string) => void;
}

/** Editors write in several steps. */
const SETTLED_MS = 150;
/** Each takes a watch of the system. */
const MOST_FOLDERS = 500;
const CODE = /\.(js|mjs|cjs|ts|mts|cts|json)$/;

/**
 * Watches the code in a folder and in those below it, but for node_modules and hidden ones; a folder that is made later
 * is not watched. Returns what ends it. Throws what the system says when the folder cannot be watched.
 */
export function watchFiles({ path, onChange }: FileWatchOptions): () => void {
  const whole = resolve(path);
  const top = statSync(whole).isDirectory() ? whole : dirname(whole);
  let settling: NodeJS.Timeout | undefined;
  const changed = (file: string | null): void => {
    if (file === null || !CODE.test(file)) return;
    clearTimeout(settling);
    settling = setTimeout(() => onChange(file), SETTLED_MS).unref();
  };
  const watchers: FSWatcher[] = foldersFrom(top).map((folder) =>
    watch(folder, { persistent: false }, (_event, file) => changed(file)).on('error', () => undefined),
  );
  return () => {
    clearTimeout(settling);
    for (const watcher of watchers) watcher.close();
  };
}

function foldersFrom(top: string): string[] {
  const folders = [top];
  for (const folder of folders) {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const isOurs = entry.isDirectory() && entry.name !== 'node_modules' && !entry.name.startsWith('.');
      if (isOurs && folders.length < MOST_FOLDERS) folders.push(join(folder, entry.name));
    }
  }
  return folders;
}
