import { expect } from 'chai';
import { graphOf } from '../../../../lib/server/pages/workflow/graph.ts';
import { type GraphLayout, layOut, NODE_SIZE } from '../../../../lib/server/pages/workflow/graph-layout.ts';
import { drawnOf, stepInfo } from '../../../support/workflow-steps.ts';

const placeOf = ({ nodes }: GraphLayout, name: string): { x: number; y: number } => {
  const placed = nodes.find(({ node }) => node.id === name) ?? expect.fail(`${name} is not drawn`);
  return { x: placed.x, y: placed.y };
};
const linesOf = ({ lines }: GraphLayout, rule: string): string[] =>
  (lines.find((one) => one.rule === rule)?.path ?? '').split('M').slice(1);

describe('the layout of a graph', () => {
  it('puts each layer to the right of the one before, and no place upon another', () => {
    const steps = [
      ...['a', 'b', 'c'].map((name) => stepInfo(name)),
      stepInfo('d', { after: ['a', 'c'] }),
      stepInfo('e', { after: ['d', 'b'] }),
    ];

    const { nodes, width, height } = layOut(graphOf(drawnOf(steps)));

    const boxes = nodes.map(({ node, x, y }) => ({ name: node.id, x, y }));
    for (const one of boxes) {
      expect(one.x + NODE_SIZE.width, one.name).to.be.at.most(width);
      expect(one.y + NODE_SIZE.height, one.name).to.be.at.most(height);
      for (const other of boxes.filter(({ name, x }) => name !== one.name && x === one.x))
        expect(Math.abs(other.y - one.y), `${one.name} and ${other.name}`).to.be.above(NODE_SIZE.height);
    }
    expect(new Set(boxes.map(({ x }) => x)).size).to.equal(3);
  });

  it('has steps stand as what they come after does, so that lines cross less', () => {
    const layout = layOut(
      graphOf(
        drawnOf([
          ...['a', 'b'].map((name) => stepInfo(name)),
          stepInfo('of-b', { after: ['b'] }),
          stepInfo('of-a', { after: ['a'] }),
        ]),
      ),
    );

    expect(placeOf(layout, 'of-a').y).to.be.below(placeOf(layout, 'of-b').y);
  });

  it('leads a line past what stands between, on a lane of its own', () => {
    const layout = layOut(
      graphOf(
        drawnOf([
          stepInfo('a'),
          stepInfo('b', { after: ['a'] }),
          stepInfo('c', { after: ['a', 'b'], when: 'ended' }),
        ]),
      ),
    );

    const { y } = placeOf(layout, 'b');
    const ended = linesOf(layout, 'ended');
    const heights = ended.flatMap((line) => [...line.matchAll(/ (\d+)H/g)].map(([, at]) => Number(at)));
    expect([linesOf(layout, 'succeeded').length, ended.length]).to.deep.equal([1, 2]);
    expect(heights.some((at) => at > y + NODE_SIZE.height)).to.equal(true);
  });

  it('draws the lines by the rule of that to which they lead', () => {
    const { lines } = layOut(
      graphOf(
        drawnOf([
          stepInfo('a'),
          stepInfo('b', { after: ['a'] }),
          stepInfo('c', { after: ['a'], when: 'failed' }),
          stepInfo('d', { after: ['a', 'b'], when: 'any' }),
        ]),
      ),
    );

    expect(lines.map(({ rule }) => rule)).to.have.members(['any', 'failed', 'succeeded']);
  });

  it('leaves out lines once there are too many, those that lead farthest first, and counts them', () => {
    const steps = Array.from({ length: 150 }, (_one, at) =>
      stepInfo(`s${at}`, { after: Array.from({ length: at }, (_other, before) => `s${before}`) }),
    );

    const layout = layOut(graphOf(drawnOf(steps)));

    const count = linesOf(layout, 'succeeded').length;
    expect(count + layout.linesLeftOut).to.equal((150 * 149) / 2);
    expect(count).to.be.within(149, 2_000);
    expect(layout.nodes).to.have.length(150);
  });

  it('of nothing is a picture of nothing', () => {
    const { nodes, lines, linesLeftOut } = layOut(graphOf(drawnOf([])));

    expect([nodes, lines, linesLeftOut]).to.deep.equal([[], [], 0]);
  });
});
