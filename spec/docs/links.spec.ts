import { expect } from 'chai';
import { PAGES, readPage } from '../support/pages.ts';
import { linkFaults, missingFiles } from './links.ts';

describe('the links of the documentation', () => {
  for (const page of PAGES) {
    it(`lead from ${page} to what is there`, () => {
      expect(linkFaults(page, readPage(page))).to.deep.equal([]);
    });
  }
});

describe('the files that the documentation names', () => {
  for (const page of PAGES) {
    it(`are there, those of ${page}`, () => {
      expect(missingFiles(readPage(page))).to.deep.equal([]);
    });
  }
});

describe('missingFiles', () => {
  for (const [what, text, missing] of [
    ['a file of the project', 'see `compose/setup.mjs`', []],
    ['a file of lib', 'see `engine/keys.ts`', []],
    ['a module of lib', 'see `engine/pump/stillness`', []],
    ['a room of lib', 'see `engine/pump`', []],
    ['a spec', 'see `spec/docs/links`', []],
    ['a module that is gone', 'see `engine/pump/none`', ['engine/pump/none']],
    ['the title of a file of the reader', '`handlers/none.ts`:\n\n', []],
    ['an example', '```sh\nsee `lib/none.ts`\n```\n', []],
    ['a file that is gone', 'see `lib/none.ts`.', ['lib/none.ts']],
    ['a script that is gone', 'see `engine/scripts/none.lua`: it', ['engine/scripts/none.lua']],
  ] as const) {
    it(`knows ${what}`, () => {
      expect(missingFiles(text)).to.deep.equal(missing);
    });
  }
});

describe('linkFaults', () => {
  const faults = (text: string): string[] => linkFaults('docs/run.md', text);

  for (const [what, text] of [
    ['a file', '[operate](operate.md)'],
    ['a heading of another page', '[retention](operate.md#retention)'],
    ['a heading of the page itself', '[here](#from-source)'],
    ['the title of a test', '[docs](../spec/docs/lists.spec.ts "lists every setting, and no other")'],
    ['a test in the text', '["lists every setting, and no other"](../spec/docs/lists.spec.ts)'],
    ['a group of tests', '[docs](../spec/docs/lists.spec.ts "the documentation")'],
    [
      'a test whose name holds a value',
      '[links](../spec/docs/links.spec.ts "lead from README.md to what is there")',
    ],
    ['another site', '[bee-queue](https://github.com/bee-queue/none.md)'],
    ['nowhere, in an example', '```md\n[none](none.md)\n```\n'],
  ] as const) {
    it(`lets a link pass that leads to ${what}`, () => {
      expect(faults(text)).to.deep.equal([]);
    });
  }

  for (const [what, text, fault] of [
    ['no file', '[none](none.md)', 'docs/none.md does not exist'],
    ['no file, with a title', '[none](none.md "title")', 'docs/none.md does not exist'],
    ['no heading', '[x](operate.md#none)', 'docs/operate.md has no heading #none'],
    ['no heading of its own', '[x](#none)', 'docs/run.md has no heading #none'],
    [
      'no test, by its title',
      '[x](../spec/docs/lists.spec.ts "none")',
      'spec/docs/lists.spec.ts has no test "none"',
    ],
    [
      'no test, by its text',
      '["none"](../spec/docs/lists.spec.ts)',
      'spec/docs/lists.spec.ts has no test "none"',
    ],
    [
      'a part of a name',
      '[x](../spec/docs/lists.spec.ts "lists every")',
      'spec/docs/lists.spec.ts has no test "lists every"',
    ],
  ] as const) {
    it(`finds a link that leads to ${what}`, () => {
      expect(faults(text)).to.deep.equal([fault]);
    });
  }
});
