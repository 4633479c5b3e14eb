import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { ROOT, readPage } from '../support/pages.ts';
import { apiPage, firstSentence, pathOf } from './api-page.ts';
import { type Entry, readEntries } from './exports.ts';
import { linkFaults } from './links.ts';

describe('the reference of the API', () => {
  let entries: Entry[];

  before(() => {
    entries = readEntries();
  });

  it('has a page for each module of the package, and no other', () => {
    const pages = readdirSync(join(ROOT, 'docs/api')).map((name) => `docs/api/${name}`);

    expect(entries.map(({ name }) => name)).to.include.members(['apiary-jobs', 'apiary-jobs/testing']);
    expect(pages).to.have.members(entries.map(pathOf));
  });

  it('is what the code says; npm run docs:api makes it anew', () => {
    const stale = entries.filter((entry) => readPage(pathOf(entry)) !== apiPage(entry));

    expect(stale.map(pathOf)).to.deep.equal([]);
  });

  it('has a doc comment for each export', () => {
    const silent = entries.flatMap(({ exports }) => exports.filter(({ doc }) => doc === ''));

    expect(silent.map(({ name, file }) => `${name} of ${file}`)).to.deep.equal([]);
  });

  it('shows nothing that is private', () => {
    for (const entry of entries)
      expect(readPage(pathOf(entry))).to.not.match(/^ {2}(private |readonly #|#)/m);
  });

  it('shows what a class has from one that is not exported', () => {
    const [main] = entries;

    expect(main?.exports.find(({ name }) => name === 'Producer')?.code).to.match(/ extends DurableAdder /);
    expect(main?.bases.find(({ name }) => name === 'Adder')?.code).to.include('addMany');
  });

  it('leads to what is there', () => {
    for (const entry of entries) expect(linkFaults(pathOf(entry), readPage(pathOf(entry)))).to.deep.equal([]);
  });
});

describe('firstSentence', () => {
  for (const [doc, sentence] of [
    ['Opens it. Close it.', 'Opens it.'],
    ['Opens it\nat once; see `a.b`. More.', 'Opens it at once; see `a.b`.'],
    ['Opens it\n\nMore.', 'Opens it'],
  ] as const) {
    it(`of ${JSON.stringify(doc)} is ${JSON.stringify(sentence)}`, () => {
      expect(firstSentence(doc)).to.equal(sentence);
    });
  }
});
