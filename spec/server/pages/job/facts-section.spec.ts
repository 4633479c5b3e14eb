import { expect } from 'chai';
import { h } from 'preact';
import { renderToString } from 'preact-render-to-string';
import { FactsSection } from '../../../../lib/server/pages/job/facts-section.tsx';
import { testQueueName } from '../../../../lib/testing/test-queue-name.ts';
import { type SpecApi, startApi } from '../../../support/api.ts';

describe('the facts of a job', () => {
  let api: SpecApi;

  beforeEach(async () => {
    api = await startApi();
  });
  afterEach(() => api.close());

  it('are shown by the name of the option where it has no words of its own', async () => {
    const queue = testQueueName();
    await api.call('POST', '/v1/jobs', { body: { type: 'raw', data: 1, options: { queue, id: 'a' } } });
    const job = (await api.inspector.job(queue, 'a')) ?? expect.fail('there is no job');
    const options = { ...job.options, colour: 'red', shade: null };

    const html = renderToString(h(FactsSection, { job: { ...job, options } }));

    expect(html).to.include('<dt>Retries left</dt><dd>3</dd>').and.to.include('<dt>colour</dt>');
    expect(html).not.to.include('<dt>shade</dt>').and.not.to.include('<dt>retriesLeft</dt>');
  });
});
