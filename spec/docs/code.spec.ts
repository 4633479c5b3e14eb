import { expect } from 'chai';
import { BLOCKS, type Block } from './blocks.ts';
import { checkOut, type DocsCheckout } from './checkout.ts';

const CODE = BLOCKS.filter(isCode);

describe('the code of the documentation', function () {
  this.timeout(300_000);
  let checkout: DocsCheckout;

  before(async () => {
    expect(CODE).to.not.be.empty;
    checkout = await checkOut(CODE);
  });

  after(() => checkout.remove());

  it('compiles, every block of it', async () => {
    expect(await checkout.compile()).to.equal('');
  });

  it('passes the lint of the project', async () => {
    expect(await checkout.lint()).to.equal('');
  });
});

describe('the check of code', function () {
  this.timeout(300_000);
  it('says on which page and line a block is wrong, and why', async () => {
    const page = { page: 'docs/page.md', language: 'ts', path: null };
    const checkout = await checkOut([
      {
        ...page,
        line: 7,
        taken: ['inspector'],
        code: "await inspector.limits.set('mail', { speed: 3 }, 'me');\n",
      },
      { ...page, line: 20, taken: [], code: "await producer.add('mail');\n" },
    ]);
    try {
      const said = await checkout.compile();

      expect(said).to.match(/^docs\/page\/line-7\.ts.*'speed' does not exist/m);
      expect(said).to.match(/^docs\/page\/line-20\.ts.*Cannot find name 'producer'/m);
    } finally {
      await checkout.remove();
    }
  });
});

function isCode({ language }: Block): boolean {
  return ['ts', 'js', 'mjs', 'tsx'].includes(language);
}
