import { expect } from 'chai';
import { Inspector } from '../../lib/inspector/inspector.ts';
import { until } from '../support/wait.ts';
import { openWorkers, type SpecWorkers } from '../support/worker.ts';

describe('the version of the program whose attempts fail', () => {
  let specs: SpecWorkers;
  let inspector: Inspector;

  beforeEach(() => {
    specs = openWorkers();
    inspector = new Inspector({ client: specs.client });
  });
  afterEach(() => specs.close());

  /** Has a worker of a version fail a job; resolves with the id of that. */
  const failUnder = async (appVersion: string | undefined): Promise<string> => {
    const handler = specs.handler(() => {
      throw new Error('no luck');
    });
    const worker = specs.worker({ handlers: [handler], ...(appVersion !== undefined && { appVersion }) });
    const [id = ''] = await specs.add(1);
    await worker.start();
    await until(async () => (await inspector.job(specs.queue, id))?.state === 'failed', 'it has failed');
    await worker.stop();
    return id;
  };

  it('is kept with the error, and told of the case', async () => {
    const old = await failUnder('1.4.1');
    await failUnder('1.4.2');
    await failUnder('1.4.2');
    const unsaid = await failUnder(undefined);

    const { groups } = await inspector.failures.groups(specs.queue);
    const found = await inspector.failures.case(specs.queue, groups[0]?.fingerprint ?? '');

    expect((await inspector.job(specs.queue, old))?.errors[0]).to.include({ version: '1.4.1' });
    expect((await inspector.job(specs.queue, unsaid))?.errors[0]).not.to.have.property('version');
    expect(found?.versions).to.deep.equal({
      names: [
        { name: '1.4.2', count: 2 },
        { name: '1.4.1', count: 1 },
      ],
      others: 0,
    });
  });
});
