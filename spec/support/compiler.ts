import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { API } from 'typescript/unstable/sync';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const CONFIG = join(ROOT, 'tsconfig.json');

/** A change to one file: what stands in it, and what is to stand there. */
export interface Edit {
  file: string;
  before: string;
  after: string;
}

/** The compiler with the whole of `lib` in it. */
export interface SpecCompiler {
  /** What does not compile, as the files are. */
  errors(): string[];
  /** The files that do not compile when one file is changed as said, sorted; nothing is written anywhere. */
  brokenBy(edit: Edit): string[];
  close(): void;
}

/** Starts the compiler once; each question after the first costs what has changed. */
export function openCompiler(): SpecCompiler {
  const changed = new Map<string, string>();
  let last: string[] = [];
  const api = new API({ cwd: ROOT, fs: { readFile: (path) => changed.get(path) } });
  const files = (paths: string[]): string[] => {
    // What was changed the last time is as it was.
    const fileChanges = { changed: [...last, ...paths] };
    last = paths;
    const snapshot = api.updateSnapshot({ openProjects: [CONFIG], fileChanges });
    const found = snapshot.getProject(CONFIG)?.program.getSemanticDiagnostics() ?? [];
    const names = found.map(({ fileName = '' }) => fileName.slice(ROOT.length));
    snapshot.dispose();
    return [...new Set(names)].sort();
  };
  return {
    errors: () => files([]),
    brokenBy: ({ file, before, after }) => {
      const path = join(ROOT, file);
      const source = readFileSync(path, 'utf8');
      if (source.split(before).length !== 2) throw new Error(`${file} does not have once: ${before}`);
      changed.set(
        path,
        source.replace(before, () => after),
      );
      try {
        return files([path]);
      } finally {
        changed.delete(path);
      }
    },
    close: () => api.close(),
  };
}
