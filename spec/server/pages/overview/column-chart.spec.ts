import { expect } from 'chai';
import { h } from 'preact';
import { renderToString } from 'preact-render-to-string';
import { type Column, ColumnChart } from '../../../../lib/server/pages/overview/column-chart.tsx';

describe('a chart of columns', () => {
  const draw = (columns: Partial<Column>[]): string =>
    renderToString(
      h(ColumnChart, {
        id: 'hour',
        title: 'The last hour',
        description: 'Nothing happened.',
        columns: columns.map((one, at) => ({
          label: `m${at}`,
          succeeded: 0,
          failed: 0,
          added: null,
          ...one,
        })),
        ends: ['an hour ago', 'now'],
      }),
    );
  const pathOf = (svg: string, name: string): string =>
    new RegExp(`<path class="${name}" d(?:="([^"]*)")?`).exec(svg)?.[1] ??
    (svg.includes(`class="${name}"`) ? '' : 'none');
  const scaleOf = (svg: string): string[] =>
    [...svg.matchAll(/text-anchor="end">([^<]*)</g)].map(([, t = '']) => t);

  it('has a name and a text for those who do not see it', () => {
    const svg = draw([{}]);

    expect(svg).to.include('role="img" aria-labelledby="hour-title hour-text"');
    expect(svg).to.include('<title id="hour-title">The last hour</title>');
    expect(svg).to.include('<desc id="hour-text">Nothing happened.</desc>');
  });

  it('puts what failed on top of what succeeded', () => {
    const svg = draw([{ succeeded: 6, failed: 4 }]);

    expect(scaleOf(svg).slice(0, 3)).to.deep.equal(['0', '5', '10']);
    expect(pathOf(svg, 'succeeded')).to.match(/^M[\d.]+ 130V58h/);
    expect(pathOf(svg, 'failed')).to.match(/^M[\d.]+ 58V10h/);
  });

  it('draws no column where nothing was, and numbers that are finite', () => {
    const svg = draw([{}, {}]);

    expect([pathOf(svg, 'succeeded'), pathOf(svg, 'failed')]).to.deep.equal(['', '']);
    expect(draw([])).not.to.match(/NaN|Infinity/);
  });

  it('breaks the line of what was added where that is not known', () => {
    const svg = draw([{ added: 1 }, { added: 2 }, { added: null }, { added: 1 }]);

    expect(pathOf(svg, 'added').replaceAll(/[^ML]/g, '')).to.equal('MLM');
  });

  for (const [most, top] of [
    [1, '2'],
    [3, '4'],
    [11, '20'],
    [99, '100'],
    [4_001, '6,000'],
    [12_345, '20k'],
    [1_500_000, '2M'],
  ] as const) {
    it(`has an axis up to ${top} for ${most}`, () => {
      expect(scaleOf(draw([{ succeeded: most }]))[2]).to.equal(top);
    });
  }

  it('says of each column what it is, when it is pointed at', () => {
    expect(draw([{ succeeded: 1_000, failed: 1, added: 2 }])).to.include(
      '<title>m0: 2 added, 1,000 succeeded, 1 failed</title>',
    );
  });
});
