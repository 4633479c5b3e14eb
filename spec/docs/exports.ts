import { join, relative } from 'node:path';
import { isClassDeclaration, isFunctionDeclaration, type Node } from 'typescript/unstable/ast';
import { API, type Symbol as Declared, type Project, SymbolFlags } from 'typescript/unstable/sync';
import { z } from 'zod';
import { ROOT, readPage } from '../support/pages.ts';
import { signatureOf, signaturesOf } from './signatures.ts';

/** What a module of the package exports. */
export interface Export {
  name: string;
  kind: 'function' | 'class' | 'constant' | 'type';
  /** Its doc comment; empty when it has none. */
  doc: string;
  /** Where it is declared, from the folder of the project. */
  file: string;
  /** The declaration without what is private and how it works. */
  code: string;
}

/** A module that callers import, with all that it exports, by name. */
export interface Entry {
  /** How it is imported, such as `apiary-jobs/testing`. */
  name: string;
  exports: Export[];
}

const packageSchema = z.object({
  name: z.string(),
  exports: z.record(z.string(), z.union([z.string(), z.looseObject({ 'apiary-source': z.string() })])),
});

/** Reads by the compiler what each module of the package exports that package.json names. */
export function readEntries(): Entry[] {
  const { name, exports } = packageSchema.parse(JSON.parse(readPage('package.json')));
  const api = new API({ cwd: ROOT });
  try {
    const snapshot = api.updateSnapshot({ openProjects: [join(ROOT, 'tsconfig.json')] });
    const [project] = snapshot.getProjects();
    if (!project) throw new Error('the compiler opened no project');
    return Object.entries(exports).flatMap(([path, target]) =>
      typeof target === 'string'
        ? []
        : [{ name: join(name, path), exports: exportsOf(project, join(ROOT, target['apiary-source'])) }],
    );
  } finally {
    api.close();
  }
}

function exportsOf(project: Project, file: string): Export[] {
  const source = project.program.getSourceFile(file);
  const module = source && project.checker.getSymbolAtLocation(source);
  if (!module) throw new Error(`${file} is no module`);
  const found = project.checker.getExportsOfModule(module).map((symbol) => exportOf(project, symbol));
  return found.sort((one, other) => one.name.localeCompare(other.name, 'en'));
}

function exportOf(project: Project, symbol: Declared): Export {
  const { checker } = project;
  const isAlias = (symbol.flags & SymbolFlags.Alias) !== 0;
  const target = isAlias ? checker.getAliasedSymbol(symbol) : symbol;
  const handle = target.declarations[0];
  const node = handle?.resolve(project);
  if (!handle || !node) throw new Error(`${symbol.name} has no declaration`);
  return {
    name: symbol.name,
    kind: kindOf(target, node),
    doc: checker.getDocumentationCommentOfSymbol(target).trim(),
    file: relative(ROOT, handle.path),
    code: isClassDeclaration(node) ? signaturesOf(node) : signatureOf(node),
  };
}

function kindOf({ flags }: Declared, node: Node): Export['kind'] {
  if (isFunctionDeclaration(node)) return 'function';
  if (isClassDeclaration(node)) return 'class';
  return (flags & SymbolFlags.Variable) === 0 ? 'type' : 'constant';
}
