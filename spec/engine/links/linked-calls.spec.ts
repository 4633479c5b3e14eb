import { expect } from 'chai';
import { queueKeys } from '../../../lib/engine/keys.ts';
import type { Links } from '../../../lib/engine/record/links.ts';
import type { SettlementArgs } from '../../../lib/engine/record/settlement.ts';
import {
  type SettleCall,
  settleCalls,
  takeCall,
  together,
} from '../../../lib/engine/session/exchange-calls.ts';
import { jobOf } from '../../support/engine.ts';

const KEYS = queueKeys('bq', 'mail', false);
const SETTLED_BY = { keys: KEYS, incarnation: 'i' };
const OPTIONS = { keepSucceeded: -1, keepFailed: -1, publish: 'never' } as const;
const HOW = { leaseMs: 1, wanted: 1, joins: false, moved: null, isLimited: false, maySuspect: false };
const TAKE = takeCall(KEYS, 'i', HOW);

const ended = (id: string, links?: Links): SettlementArgs => {
  const args: SettlementArgs = [id, 'S', '{}', ''];
  if (links) args[5] = links;
  return args;
};
const follows = (count: number): Links => ({
  told: null,
  jobs: Array.from({ length: count }, (_one, at) => ({ queue: 'mail', job: jobOf(`f${at}`) })),
});
const calls = (...args: SettlementArgs[]) => settleCalls(SETTLED_BY, OPTIONS, args);
const countOf = (call: SettleCall) => call.args.attemptCount;

describe('settleCalls, of attempts that lead to something', () => {
  it('leaves attempts that lead to nothing to the script that knows of nothing else', () => {
    const [call, ...others] = calls(ended('a'), ended('b'));

    expect(others).to.deep.equal([]);
    expect(call?.script).to.equal('settle');
    expect(call?.rest.length).to.equal(2 * 2);
  });

  it('settles them apart from the others', () => {
    const settled = calls(ended('a'), ended('b', follows(1)), ended('c'));

    expect(settled.map((call) => [call.script, countOf(call)])).to.deep.equal([
      ['settle-linked', 1],
      ['settle', 2],
    ]);
  });

  it('goes together with a take either way', () => {
    const scripts = [calls(ended('a')), calls(ended('b', follows(1)))].map(([call]) => {
      return call && together(call, TAKE).script;
    });

    expect(scripts).to.deep.equal(['settle-and-take', 'settle-linked-and-take']);
  });

  it('stores no more than about a thousand jobs in one call', () => {
    const settled = calls(...Array.from({ length: 5 }, (_one, at) => ended(`a${at}`, follows(400))));

    expect(settled.map(countOf)).to.deep.equal([2, 2, 1]);
  });

  it('lets a single attempt store all that it could register', () => {
    expect(calls(ended('a', follows(1_000)), ended('b', follows(1_000))).map(countOf)).to.deep.equal([1, 1]);
  });

  it('tells a batch that a failed member is gone where failed jobs are not kept', () => {
    const failed: Links = { told: 'failed', jobs: [] };

    const [kept] = settleCalls(SETTLED_BY, OPTIONS, [ended('a', failed)]);
    const [gone] = settleCalls(SETTLED_BY, { ...OPTIONS, keepFailed: 0 }, [ended('a', failed)]);

    expect(kept?.rest).to.include('failed').and.not.include('removed');
    expect(gone?.rest).to.include('removed').and.not.include('failed');
  });
});
