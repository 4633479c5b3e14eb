import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { PAGES, ROOT, readPage } from '../support/pages.ts';

const MOST = 119;
const MOST_IN_COMMENTS = 120;
/** Written anew at each release, a line for each change. */
const CHANGELOG = 'CHANGELOG.md';

describe('the lines of the documentation', () => {
  for (const page of PAGES.filter((one) => one !== CHANGELOG)) {
    it(`stay under 120 characters, those of ${page}`, () => {
      expect(longLines(readPage(page))).to.deep.equal([]);
    });
  }

  it('are longer only where they cannot be broken', () => {
    const long = 'x'.repeat(120);

    expect(longLines(`short\n| ${long} |\n[x](${long} "a title"),\n${long} y\n`)).to.deep.equal([4]);
  });
});

describe('the lines of comments in lib', () => {
  it('have up to 120 characters', () => {
    const files = readdirSync(join(ROOT, 'lib'), { recursive: true, encoding: 'utf8' }).filter((file) =>
      /\.(ts|tsx|lua)$/.test(file),
    );

    const long = files.flatMap((file) =>
      longComments(readPage(join('lib', file))).map((at) => `${file}:${at}`),
    );

    expect(files).to.have.length.above(100);
    expect(long).to.deep.equal([]);
  });

  it('are told from code and from text', () => {
    const long = 'x '.repeat(60);

    expect(longComments(`/** ${long}*/\n * ${long}\n// ${long}\n-- ${long}\nf(${long})\n`)).to.deep.equal([
      1, 2, 3, 4,
    ]);
  });
});

/** The numbers of the lines of comments that are too long. */
function longComments(text: string): number[] {
  return text
    .split('\n')
    .flatMap((line, at) =>
      line.length > MOST_IN_COMMENTS && /^\s*(\*|\/\/|\/\*\*|--)/.test(line) ? [at + 1] : [],
    );
}

/** The numbers of the lines that are too long, but for rows of tables and links that have a line of their own. */
function longLines(text: string): number[] {
  return text
    .split('\n')
    .flatMap((line, at) =>
      line.length > MOST && !/^\||^\s*\(?\[[^\]]*\]\([^)]*\)\S*$/.test(line) ? [at + 1] : [],
    );
}
