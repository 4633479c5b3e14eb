import { expect } from 'chai';
import { toJsonText } from '../../../../lib/server/pages/job/json-text.ts';

describe('JSON for people', () => {
  const nested = (depth: number): unknown => JSON.parse('['.repeat(depth) + ']'.repeat(depth));

  it('is indented', () => {
    expect(toJsonText({ a: [1] })).to.deep.equal({ text: '{\n  "a": [\n    1\n  ]\n}', cutOf: null });
  });

  it('says null for what is nothing', () => {
    expect(toJsonText(undefined)).to.deep.equal({ text: 'null', cutOf: null });
  });

  it('is cut where it is long, and says how long it is', () => {
    const { text, cutOf } = toJsonText('x'.repeat(200_000));

    expect(text).to.have.length(100_000);
    expect(cutOf).to.equal(200_002);
  });

  it('is whole and not indented where only the indents would make it long', () => {
    const value = Array.from({ length: 30_000 }, () => 1);

    expect(toJsonText(value)).to.deep.equal({ text: JSON.stringify(value), cutOf: null });
  });

  it('is not indented where it is deep', () => {
    expect(toJsonText(nested(60)).text).to.equal('['.repeat(60) + ']'.repeat(60));
    expect(toJsonText(nested(3)).text).to.include('\n    []');
  });

  it('says so where it is too deep to be written', () => {
    expect(toJsonText(nested(500_000)).text).to.equal('(nested too deeply to be shown)');
  });
});
