import { expect } from 'chai';
import { BLOCKS, type Block } from './blocks.ts';
import { checkOut, type DocsCheckout } from './checkout.ts';

const CODE = BLOCKS.filter(isCode);
/** No block of a page: what is to be said of it shows that the compiler has looked, and where. */
const WRONG: readonly Block[] = [
  {
    ...{ page: 'docs/wrong.md', language: 'ts', path: null, line: 7, taken: ['inspector'] },
    code: "await inspector.limits.set('mail', { speed: 3 }, 'me');\n",
  },
  {
    ...{ page: 'docs/wrong.md', language: 'ts', path: null, line: 20, taken: [] },
    code: "await producer.add('mail');\n",
  },
];

describe('the code of the documentation', function () {
  this.timeout(300_000);
  let checkout: DocsCheckout;
  /** What the compiler says of the blocks of pages, and of the wrong ones. */
  let said: readonly string[];
  let saidOfWrong: readonly string[];

  before(async () => {
    expect(CODE).to.not.be.empty;
    checkout = await checkOut([...CODE, ...WRONG]);
    // Each from the line that names its place to the next.
    const all = (await checkout.compile()).split(/\n(?=\S)/).filter((one) => one !== '');
    said = all.filter((one) => !one.startsWith('docs/wrong/'));
    saidOfWrong = all.filter((one) => one.startsWith('docs/wrong/'));
  });

  after(() => checkout.remove());

  it('compiles, every block of it', () => {
    expect(said).to.deep.equal([]);
  });

  it('would be named by its page and its line where it is wrong, and told why', () => {
    expect(saidOfWrong).to.have.length(2);
    expect(saidOfWrong.join('\n'))
      .to.match(/^docs\/wrong\/line-7\.ts.*'speed' does not exist/m)
      .and.match(/^docs\/wrong\/line-20\.ts.*Cannot find name 'producer'/m);
  });

  it('passes the lint of the project', async () => {
    expect(await checkout.lint()).to.equal('');
  });
});

function isCode({ language }: Block): boolean {
  return ['ts', 'js', 'mjs', 'tsx'].includes(language);
}
