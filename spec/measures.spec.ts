import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect } from 'chai';
import {
  isArrowFunction,
  isAsExpression,
  isBlock,
  isConstructorDeclaration,
  isFunctionDeclaration,
  isFunctionExpression,
  isMethodDeclaration,
  type Node,
  type SourceFile,
} from 'typescript/unstable/ast';
import { API } from 'typescript/unstable/sync';
import { ROOT } from './support/pages.ts';

const MOST_LINES_OF_A_FILE = 300;
const MANY_LINES_OF_A_FUNCTION = 25;
/** So many functions are longer: tables of routes, most of them. This number is only to become smaller. */
const MOST_LONG_FUNCTIONS = 32;
/** Each takes for granted what the compiler cannot see; to look is better. This number is only to become smaller. */
const MOST_CASTS = 38;

/** How far above a cast the comment stands at most that says why it is right. */
const LINES_OF_REASON = 4;

const CONFIG = join(ROOT, 'tsconfig.json');
const LIB = join(ROOT, 'lib/');

describe('the code of lib', function () {
  this.timeout(300_000);

  const found = { longFunctions: [] as string[], casts: [] as string[], unexplained: [] as string[] };

  before(() => {
    const api = new API({ cwd: ROOT });
    try {
      const program = api.updateSnapshot({ openProjects: [CONFIG] }).getProject(CONFIG)?.program;
      for (const name of program?.getSourceFileNames() ?? []) {
        const file = name.startsWith(LIB) ? program?.getSourceFile(name) : undefined;
        if (!file) continue;
        found.longFunctions.push(...longFunctionsIn(file));
        const casts = castsIn(file);
        found.casts.push(...casts.map((cast) => told(file, cast)));
        found.unexplained.push(
          ...casts.filter((cast) => !isExplained(file, cast)).map((cast) => told(file, cast)),
        );
      }
    } finally {
      api.close();
    }
  });

  it(`has no file of more than ${MOST_LINES_OF_A_FILE} lines`, () => {
    const sources = readdirSync(LIB, { recursive: true, encoding: 'utf8' }).filter((file) =>
      /\.(tsx?|mjs|lua)$/.test(file),
    );

    const long = sources.filter(
      (file) => linesOf(readFileSync(join(LIB, file), 'utf8')) > MOST_LINES_OF_A_FILE,
    );

    expect(sources).not.to.be.empty;
    expect(long).to.deep.equal([]);
  });

  it(`has ${MOST_LONG_FUNCTIONS} functions of more than ${MANY_LINES_OF_A_FUNCTION} lines at most`, () => {
    const { longFunctions } = found;

    expect(longFunctions, longFunctions.join('\n')).to.have.length.within(1, MOST_LONG_FUNCTIONS);
  });

  it(`has ${MOST_CASTS} casts at most, as const not counted`, () => {
    const { casts } = found;

    expect(casts, casts.join('\n')).to.have.length.within(1, MOST_CASTS);
  });

  it('says at each cast why it is right', () => {
    expect(found.unexplained).to.deep.equal([]);
  });
});

function linesOf(text: string): number {
  return text.replace(/\n$/, '').split('\n').length;
}

function longFunctionsIn(file: SourceFile): string[] {
  return [...nodesIn(file)].flatMap((node) => {
    const body = bodyOf(node);
    if (!body) return [];
    const begin = body.getStart(file);
    // Without the lines of its braces.
    const lines = linesOf(file.text.slice(begin, body.end)) - 2;
    const place = `${relative(ROOT, file.fileName)}:${linesOf(file.text.slice(0, begin))}`;
    return lines > MANY_LINES_OF_A_FUNCTION ? [`${place} has ${lines} lines`] : [];
  });
}

function bodyOf(node: Node): Node | undefined {
  if (isArrowFunction(node)) return isBlock(node.body) ? node.body : undefined;
  const isFunction =
    isFunctionDeclaration(node) ||
    isFunctionExpression(node) ||
    isMethodDeclaration(node) ||
    isConstructorDeclaration(node);
  return isFunction ? node.body : undefined;
}

function castsIn(file: SourceFile): Node[] {
  return [...nodesIn(file)].filter((node) => isAsExpression(node) && node.type.getText() !== 'const');
}

function told(file: SourceFile, cast: Node): string {
  return `${relative(ROOT, file.fileName)}: ${cast.getText()}`;
}

/** Whether a comment stands on the line of a cast, or on one of the few before it. */
function isExplained(file: SourceFile, cast: Node): boolean {
  const line = linesOf(file.text.slice(0, cast.end));
  const around = file.text.split('\n').slice(Math.max(0, line - LINES_OF_REASON), line);
  return around.some((one) => /\/\/ |^ *\/?\*/.test(one));
}

function* nodesIn(node: Node): Generator<Node> {
  yield node;
  const below: Node[] = [];
  node.forEachChild((child) => {
    below.push(child);
  });
  for (const child of below) yield* nodesIn(child);
}
