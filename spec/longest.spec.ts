import { existsSync, readFileSync } from 'node:fs';
import { expect } from 'chai';

const FILE = new URL('longest.json', import.meta.url);

describe('the files of specs that are run first', () => {
  it('are there, each once', () => {
    const files: string[] = JSON.parse(readFileSync(FILE, 'utf8'));

    expect(files.filter((file) => !existsSync(new URL(file, import.meta.url)))).to.deep.equal([]);
    expect(new Set(files).size).to.equal(files.length);
  });
});
