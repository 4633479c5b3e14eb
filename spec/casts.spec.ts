import { join } from 'node:path';
import { expect } from 'chai';
import { isAsExpression, type Node } from 'typescript/unstable/ast';
import { API } from 'typescript/unstable/sync';
import { ROOT } from './support/pages.ts';

/** Each takes for granted what the compiler cannot see; to look is better. This number is only to become smaller. */
const MOST = 54;
const CONFIG = join(ROOT, 'tsconfig.json');
const LIB = join(ROOT, 'lib/');

describe('the casts of lib', function () {
  this.timeout(300_000);

  it(`are ${MOST} at most, as const not counted`, () => {
    const api = new API({ cwd: ROOT });
    try {
      const program = api.updateSnapshot({ openProjects: [CONFIG] }).getProject(CONFIG)?.program;
      const files = (program?.getSourceFileNames() ?? []).filter((name) => name.startsWith(LIB));

      const casts = files.flatMap((name) => castsIn(program?.getSourceFile(name)));

      expect(casts, casts.join('\n')).to.have.length.within(1, MOST);
    } finally {
      api.close();
    }
  });
});

function castsIn(file: Node | undefined): string[] {
  const found: string[] = [];
  const visit = (node: Node): void => {
    if (isAsExpression(node) && node.type.getText() !== 'const') found.push(node.getText());
    node.forEachChild(visit);
  };
  if (file) visit(file);
  return found;
}
