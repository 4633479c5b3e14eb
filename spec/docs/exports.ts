import { join, relative } from 'node:path';
import {
  isClassDeclaration,
  isFunctionDeclaration,
  isInterfaceDeclaration,
  type Node,
  SyntaxKind,
} from 'typescript/unstable/ast';
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
  /** What they extend and the module does not export, so that no member of theirs is missing. */
  bases: Export[];
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
        : [entryOf(project, join(name, path), join(ROOT, target['apiary-source']))],
    );
  } finally {
    api.close();
  }
}

function entryOf(project: Project, name: string, file: string): Entry {
  const { checker, program } = project;
  const source = program.getSourceFile(file);
  const module = source && checker.getSymbolAtLocation(source);
  if (!module) throw new Error(`${file} is no module`);
  const exported = checker.getExportsOfModule(module).map((symbol) => declared(project, symbol));
  const bases = new Set<Declared>();
  for (const one of exported) for (const base of basesOf(project, one)) bases.add(base);
  const toExports = (symbols: Iterable<Declared>): Export[] =>
    [...symbols]
      .map((symbol) => exportOf(project, symbol))
      .sort((one, other) => one.name.localeCompare(other.name, 'en'));
  return {
    name,
    exports: toExports(exported),
    bases: toExports([...bases].filter((base) => !exported.includes(base))),
  };
}

/** What a class or an interface of ours extends, and what that extends. */
function basesOf(project: Project, symbol: Declared): Declared[] {
  const node = symbol.declarations[0]?.resolve(project);
  if (!node || !(isClassDeclaration(node) || isInterfaceDeclaration(node))) return [];
  const clauses = node.heritageClauses?.filter(({ token }) => token === SyntaxKind.ExtendsKeyword) ?? [];
  return clauses
    .flatMap(({ types }) => [...types])
    .flatMap(({ expression }) => project.checker.getSymbolAtLocation(expression) ?? [])
    .map((base) => declared(project, base))
    .filter((base) => base.declarations[0]?.path.startsWith(join(ROOT, 'lib/')))
    .flatMap((base) => [base, ...basesOf(project, base)]);
}

function declared({ checker }: Project, symbol: Declared): Declared {
  return (symbol.flags & SymbolFlags.Alias) === 0 ? symbol : checker.getAliasedSymbol(symbol);
}

function exportOf(project: Project, symbol: Declared): Export {
  const handle = symbol.declarations[0];
  const node = handle?.resolve(project);
  if (!handle || !node) throw new Error(`${symbol.name} has no declaration`);
  return {
    name: symbol.name,
    kind: kindOf(symbol, node),
    doc: project.checker.getDocumentationCommentOfSymbol(symbol).trim(),
    file: relative(ROOT, handle.path),
    code: isClassDeclaration(node) ? signaturesOf(node) : signatureOf(node),
  };
}

function kindOf({ flags }: Declared, node: Node): Export['kind'] {
  if (isFunctionDeclaration(node)) return 'function';
  if (isClassDeclaration(node)) return 'class';
  return (flags & SymbolFlags.Variable) === 0 ? 'type' : 'constant';
}
