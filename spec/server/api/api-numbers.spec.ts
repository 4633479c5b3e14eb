import { expect } from 'chai';
import { inexactNumbers } from '../../../lib/exact-numbers.ts';
import { testQueueName } from '../../../lib/testing/test-queue-name.ts';
import { type SpecApi, startApi } from '../../support/api.ts';

describe('numbers in requests', () => {
  const pathsOf = (text: string): string[] => inexactNumbers(text).map(({ path }) => path.join('.'));

  it('are found where reading would change them, with their paths', () => {
    expect(pathsOf('{"a":[1,{"b":12345678901234567890}],"c":1e400,"d":-9007199254740993}')).to.deep.equal([
      'a.1.b',
      'c',
      'd',
    ]);
    expect(
      pathsOf('{"1234567890123456":"12345678901234567890","x\\"":[[],{},-0.0,9007199254740993]}'),
    ).to.deep.equal(['x".3']);
  });

  it('may be anything that has its exact place, and any fraction', () => {
    const exact = [9007199254740991, 9007199254740992, 1e22, 1.5e300, 0.1234567890123456, -0];

    expect(
      pathsOf(`[${exact.join(',')},0.1234567890123456789,10000000000000000000000,1e-400,1E+300]`),
    ).to.deep.equal([]);
  });

  describe('to be added', () => {
    let api: SpecApi;
    let queue: string;

    before(async () => {
      api = await startApi();
      queue = testQueueName();
    });
    after(() => api.close());

    const entry = (number: string): string =>
      `{"type":"raw","data":{"id":${number}},"options":{"queue":"${queue}"}}`;
    const LARGE = '12345678901234567890';

    it('are refused with their path', async () => {
      const { status, body } = await api.call('POST', '/v1/jobs', { body: entry(LARGE) });

      expect(status).to.equal(422);
      expect(body['errors']).to.deep.equal([
        { path: 'data.id', message: `the number ${LARGE} would be changed: give it as a text` },
      ]);
      expect(await api.client.exists(`bq:${queue}:jobs`)).to.equal(0);
    });

    for (const [kind, body, type] of [
      ['a batch', `{"jobs":[${entry('1')},${entry(LARGE)},${entry('3')}]}`, 'application/json'],
      ['lines', [entry('1'), entry(LARGE), entry('3')].join('\n'), 'application/x-ndjson'],
    ] as const) {
      it(`spoil their own entry of ${kind} only`, async () => {
        const answer = await api.call('POST', '/v1/jobs/batch', { body, headers: { 'Content-Type': type } });

        const results = answer.body['results'] as {
          created?: boolean;
          error?: { errors: { path: string }[] };
        }[];
        expect(results.map(({ created, error }) => created ?? error?.errors[0]?.path)).to.deep.equal([
          true,
          'data.id',
          true,
        ]);
      });
    }
  });
});
