import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { API, type Program } from 'typescript/unstable/sync';

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
  /** Those of some files that do not compile as they are; `npm run lint` looks at all of them. */
  broken(files: readonly string[]): string[];
  /** Those of some files that do not compile when one file is changed as said; nothing is written anywhere. */
  brokenBy(edit: Edit, files: readonly string[]): string[];
  close(): void;
}

/** Starts the compiler once; a question looks at nothing but the files that it is about. */
export function openCompiler(): SpecCompiler {
  const changed = new Map<string, string>();
  let last: string[] = [];
  const api = new API({ cwd: ROOT, fs: { readFile: (path) => changed.get(path) } });
  const programWith = (paths: string[]): Program => {
    // What was changed the last time is as it was.
    const fileChanges = { changed: [...last, ...paths] };
    last = paths;
    const project = api.updateSnapshot({ openProjects: [CONFIG], fileChanges }).getProject(CONFIG);
    if (!project) throw new Error(`there is no project ${CONFIG}`);
    return project.program;
  };
  const brokenIn = (program: Program, files: readonly string[]): string[] =>
    files.filter((one) => program.getSemanticDiagnostics(join(ROOT, one)).length > 0);
  return {
    broken: (files) => brokenIn(programWith([]), files),
    brokenBy: ({ file, before, after }, files) => {
      const path = join(ROOT, file);
      const source = readFileSync(path, 'utf8');
      if (source.split(before).length !== 2) throw new Error(`${file} does not have once: ${before}`);
      changed.set(
        path,
        source.replace(before, () => after),
      );
      const program = programWith([path]);
      changed.delete(path);
      return brokenIn(program, files);
    },
    close: () => api.close(),
  };
}
