import { expect } from 'chai';
import { PAGES, readPage } from '../support/pages.ts';

const MOST = 119;
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

/** The numbers of the lines that are too long, but for rows of tables and links that have a line of their own. */
function longLines(text: string): number[] {
  return text
    .split('\n')
    .flatMap((line, at) =>
      line.length > MOST && !/^\||^\s*\(?\[[^\]]*\]\([^)]*\)\S*$/.test(line) ? [at + 1] : [],
    );
}
