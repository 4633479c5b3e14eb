import { expect } from 'chai';
import fc from 'fast-check';
import type { StepInfo, SubWorkflowInfo } from '../../../../lib/inspector/inspector.ts';
import { drawnSteps } from '../../../../lib/server/pages/workflow/drawn-steps.ts';
import { type Graph, graphOf, MOST_NODES } from '../../../../lib/server/pages/workflow/graph.ts';
import { drawnOf, stepInfo } from '../../../support/workflow-steps.ts';

/** The layers of a graph by the names of the steps, folded ones by their count. */
const drawn = ({ layers }: Graph): string[][] =>
  layers.map((layer) => layer.map(({ steps, id }) => (steps.length > 1 ? `${steps.length} steps` : id)));
const ties = ({ links }: Graph): string[] => links.map(({ from, to }) => `${from.id}>${to.id}`).sort();
const many = (count: number, prefix: string, facts: Partial<StepInfo> = {}): StepInfo[] =>
  Array.from({ length: count }, (_one, at) => stepInfo(`${prefix}${at}`, facts));

describe('the graph of a workflow', () => {
  it('has each step in the first layer behind all that it comes after', () => {
    const graph = graphOf(
      drawnOf([
        stepInfo('check'),
        stepInfo('pay', { after: ['check'] }),
        stepInfo('pack', { after: ['check'] }),
        stepInfo('send', { after: ['pay', 'pack'] }),
        stepInfo('refund', { after: ['pack', 'send'], when: 'failed' }),
        stepInfo('alone'),
      ]),
    );

    expect(drawn(graph)).to.deep.equal([['check', 'alone'], ['pay', 'pack'], ['send'], ['refund']]);
    expect(ties(graph)).to.deep.equal([
      ...['check>pack', 'check>pay', 'pack>refund', 'pack>send', 'pay>send', 'send>refund'],
    ]);
  });

  it('has what a step has added between that and what comes after it', () => {
    const graph = graphOf(
      drawnOf([
        stepInfo('list'),
        stepInfo('sum', { after: ['list'] }),
        stepInfo('list/a', { after: ['list'], addedBy: 'list' }),
        stepInfo('list/b', { after: ['list'], addedBy: 'list' }),
        stepInfo('list/a/x', { after: ['list/a'], addedBy: 'list/a' }),
      ]),
    );

    expect(drawn(graph)).to.deep.equal([['list'], ['list/a', 'list/b'], ['list/a/x'], ['sum']]);
    expect(ties(graph)).to.deep.equal([
      ...['list/a/x>sum', 'list/a>list/a/x', 'list/a>sum', 'list/b>sum', 'list>list/a', 'list>list/b'],
      'list>sum',
    ]);
  });

  it('has a sub-workflow behind the last of its steps, and its first behind what it comes after', () => {
    const inside = (name: string, within: string, facts: Partial<StepInfo> = {}) =>
      stepInfo(name, { within, ...facts });
    const flow = (name: string, facts: Partial<SubWorkflowInfo> = {}): SubWorkflowInfo => ({
      ...{ name, state: 'active', when: 'succeeded', after: [], addedBy: null, within: null },
      ...facts,
    });
    const added = { addedBy: 'w/a' };
    const steps = [
      stepInfo('check'),
      inside('w/a', 'w'),
      inside('w/in/b', 'w/in'),
      stepInfo('end', { after: ['w'] }),
      inside('w/a/more/c', 'w/a/more', added),
      inside('w/a/more/d', 'w/a/more', { after: ['w/a/more/c'], ...added }),
    ];
    const workflows = [
      flow('w/in', { after: ['w/a'], within: 'w', when: 'failed' }),
      flow('w', { after: ['check'] }),
      flow('w/a/more', { within: 'w', ...added }),
    ];

    const graph = graphOf(drawnSteps({ steps, workflows }));

    expect(ties(graph)).to.deep.equal([
      ...['check>w/a', 'w/a/more/c>w/a/more/d', 'w/a/more/d>w/a/more', 'w/a/more>w/in/b', 'w/a>w/a/more/c'],
      ...['w/a>w/in/b', 'w/in/b>w/in', 'w/in>w', 'w>end'],
    ]);
    expect(drawn(graph).map((layer) => layer.join())).to.deep.equal([
      ...['check', 'w/a', 'w/a/more/c', 'w/a/more/d', 'w/a/more', 'w/in/b', 'w/in', 'w', 'end'],
    ]);
    expect(drawnSteps({ steps, workflows }).find(({ name }) => name === 'w/in/b')?.when).to.equal('failed');
  });

  it('folds its widest layers once it has more steps than are drawn', () => {
    const fits = many(MOST_NODES - 2, 'a');
    const first = stepInfo('first');
    const last = (after: readonly StepInfo[]) => stepInfo('last', { after: after.map(({ name }) => name) });
    const wide = [first, ...many(300, 'b', { after: ['first'] }), ...many(20, 'c', { after: ['b0'] })];

    expect(graphOf(drawnOf([...fits, first, last(fits)])).layers.flat()).to.have.length(MOST_NODES);
    const folded = graphOf(drawnOf([...wide, last(wide)]));
    expect(drawn(folded).map((layer) => layer.length)).to.deep.equal([1, 1, 20, 1]);
    expect(drawn(folded)[1]).to.deep.equal(['300 steps']);
    expect(ties(folded).filter((tie) => tie.endsWith('last'))).to.have.length(22);
  });

  it('folds neighbouring layers once there are more of them than places', () => {
    const chain = Array.from({ length: 1_000 }, (_one, at) =>
      stepInfo(`s${at}`, { after: at === 0 ? [] : [`s${at - 1}`] }),
    );

    const graph = graphOf(drawnOf(chain));

    expect(graph.layers).to.have.length(MOST_NODES);
    expect(new Set(drawn(graph).flat())).to.deep.equal(new Set(['5 steps']));
    expect(graph.links).to.have.length(MOST_NODES - 1);
  });

  it('shows every step once, in no more places than are drawn, and leads only onward', () => {
    fc.assert(
      fc.property(randomSteps, (steps) => {
        const { layers, links } = graphOf(drawnOf(steps));
        const nodes = layers.flat();
        const column = new Map(layers.flatMap((layer, at) => layer.map((node) => [node, at] as const)));
        const shown = nodes.flatMap(({ steps: own }) => own.map(({ name }) => name));

        expect(nodes.length).to.be.at.most(MOST_NODES);
        expect(shown).to.have.members(steps.map(({ name }) => name));
        expect(nodes.map(({ from }) => from)).to.deep.equal(placesOf(nodes.map((one) => one.steps.length)));
        for (const { from, to } of links)
          expect(column.get(from) ?? 0, `${from.id}>${to.id}`).to.be.below(column.get(to) ?? 0);
      }),
      { numRuns: 60 },
    );
  });
});

/** How many stand before each of some, by how many each is. */
function placesOf(counts: readonly number[]): number[] {
  return counts.map((_one, at) => counts.slice(0, at).reduce((sum, count) => sum + count, 0));
}

/** Steps of any shape, some of them added by others as they ran. */
const randomSteps = fc
  .array(fc.tuple(fc.array(fc.nat(), { maxLength: 4 }), fc.integer({ min: 0, max: 3 })), {
    minLength: 1,
    maxLength: 450,
    size: 'max',
  })
  .map((drafts) => {
    const given = drafts.map(([after], at) =>
      stepInfo(`s${at}`, { after: at === 0 ? [] : [...new Set(after.map((one) => `s${one % at}`))] }),
    );
    const added = drafts.flatMap(([, count], at) =>
      at % 20 > 0 ? [] : many(count, `s${at}/`, { after: [`s${at}`], addedBy: `s${at}` }),
    );
    return [...given, ...added];
  });
