import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { z } from 'zod';
import { ROOT, readPage } from '../support/pages.ts';

/** What would install, import or run the package `apiary` of the registry, which is a stranger's. */
const STRANGER = [
  /\b(?:from|import|import\(|require\()\s*(['"])apiary(?:\/[\w-]+)*\1/,
  /\b(?:npm|pnpm|yarn|bun) (?:i|install|add|exec)\b[^\n`]*\s(['"]?)apiary\1(?=[\s@`]|$)/m,
  /\bnpx (?!--no )(?:-y |--yes )?apiary(?![-\w])/,
];

const Manifest = z.object({
  name: z.string(),
  bin: z.record(z.string(), z.string()),
});

describe("the package's name", () => {
  it('is apiary-jobs, and that of its command apiary', () => {
    const { name, bin } = Manifest.parse(JSON.parse(readPage('package.json')));

    expect([name, Object.keys(bin)]).to.deep.equal(['apiary-jobs', ['apiary']]);
  });

  it('is what every text of the project installs and imports', () => {
    const files = [
      ...readdirSync(ROOT),
      ...['docs', 'lib', 'spec', 'compose'].flatMap((folder) =>
        readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((path) =>
          join(folder, path),
        ),
      ),
    ].filter((file) => /\.(md|ts|tsx|mjs|ya?ml|json)$/.test(file) && file !== 'spec/package/name.spec.ts');
    expect(files).to.include('README.md');

    const faults = files.flatMap((file) => {
      const text = readPage(file);
      return STRANGER.flatMap((pattern) => pattern.exec(text)?.slice(0, 1) ?? []).map(
        (found) => `${file}: ${found}`,
      );
    });

    expect(faults).to.deep.equal([]);
  });

  for (const text of [
    "import { Queue } from 'apiary';",
    "await import('apiary')",
    'const { Queue } = require("apiary/testing");',
    'npm i apiary',
    'npm install --save zod apiary@1',
    'npx apiary start',
  ]) {
    it(`is not that of the stranger in ${text}`, () => {
      expect(STRANGER.filter((pattern) => pattern.test(text))).to.not.be.empty;
    });
  }

  for (const text of [
    "from 'apiary-jobs'",
    'npm i apiary-jobs zod',
    'npx --no apiary start',
    'npx apiary-jobs',
  ]) {
    it(`may be in ${text}`, () => {
      expect(STRANGER.filter((pattern) => pattern.test(text))).to.be.empty;
    });
  }
});
