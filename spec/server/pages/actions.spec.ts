import { expect } from 'chai';
import { hashPassword } from '../../../lib/server/monitor/password-hash.ts';
import { openMonitor, QUEUE, type SpecMonitor } from '../../support/monitor.ts';
import { PageStep } from '../../support/workflow-steps.ts';

const XHR = { 'X-Requested-With': 'XMLHttpRequest' };

describe('the actions of the pages', () => {
  let monitor: SpecMonitor;

  beforeEach(async () => {
    monitor = await openMonitor();
  });

  afterEach(() => monitor.close());

  const act = async (path: string): Promise<{ status: number; text: string }> => {
    const response = await monitor.send('POST', `/actions/queues/${path}`);
    const { message, detail } = (await response.json()) as { message?: string; detail?: string };
    return { status: response.status, text: message ?? detail ?? '' };
  };
  const stateOf = async (id: string): Promise<unknown> => (await monitor.inspector.job(QUEUE, id))?.state;

  describe('on a queue', () => {
    it('pause it and let it go on, once each', async () => {
      const answers = [];
      for (const action of ['pause', 'pause', 'resume', 'resume']) {
        answers.push(await act(`${QUEUE}/${action}`));
      }

      expect(answers).to.deep.equal([
        { status: 200, text: 'Queue mail is paused.' },
        { status: 409, text: 'queue mail is paused already' },
        { status: 200, text: 'Queue mail goes on.' },
        { status: 409, text: 'queue mail is not paused' },
      ]);
    });

    it('refuse a queue that is not there, and what every object has', async () => {
      for (const name of ['nowhere', '__proto__', 'constructor', '%2F..%2Fmail', 'mail%00']) {
        const { status, text } = await act(`${name}/pause`);

        expect(status, name).to.equal(404);
        expect(text).to.equal(`there is no queue ${decodeURIComponent(name)} here`);
      }
      expect((await monitor.inspector.audit.list()).entries).to.deep.equal([]);
    });
  });

  describe('on a job', () => {
    it('retry it', async () => {
      const id = await monitor.jobIn('failed');

      expect(await act(`${QUEUE}/jobs/${id}/retry`)).to.deep.equal({
        status: 200,
        text: `Job ${id} will run again.`,
      });
      expect(await stateOf(id)).to.equal('waiting');
    });

    it('promote it', async () => {
      const id = await monitor.jobIn('delayed');

      expect((await act(`${QUEUE}/jobs/${id}/promote`)).status).to.equal(200);
      expect(await stateOf(id)).to.equal('waiting');
    });

    it('cancel it, and say of a running one that its handler is told', async () => {
      const running = await monitor.jobIn('active');
      const waiting = await monitor.jobIn('waiting');

      expect((await act(`${QUEUE}/jobs/${running}/cancel`)).text).to.equal(
        `The handler of job ${running} is told to stop.`,
      );
      expect((await act(`${QUEUE}/jobs/${waiting}/cancel`)).text).to.equal(`Job ${waiting} is cancelled.`);
      const job = await monitor.inspector.job(QUEUE, waiting);
      expect([job?.outcome, job?.errors[0]?.message]).to.deep.equal(['cancelled', 'cancelled by monitor']);
    });

    describe('with a signal', () => {
      const give = async (id: string, form: string, name = 'approved') => {
        const response = await monitor.fetch(`/actions/queues/${QUEUE}/jobs/${id}/signals/${name}`, {
          method: 'POST',
          headers: { ...XHR, 'Content-Type': 'application/x-www-form-urlencoded' },
          body: form,
        });
        const { message, detail } = (await response.json()) as { message?: string; detail?: string };
        return { status: response.status, text: message ?? detail ?? '' };
      };
      const formOf = (data: string) => new URLSearchParams({ data }).toString();

      it('give it once, with its data, and note who did', async () => {
        const id = await monitor.jobIn('delayed');

        const first = await give(id, formOf('{"by":"ada"}'));
        const again = await give(id, formOf('{"by":"bob"}'));

        expect(first).to.deep.equal({ status: 200, text: `Job ${id} has the signal.` });
        expect(again).to.deep.equal({
          ...{ status: 409, text: `job ${id} has been given a signal approved before, which counts` },
        });
        const { entries } = await monitor.inspector.audit.list();
        expect(entries.at(-1)).to.include({ action: 'signal', queue: QUEUE, id, through: 'monitor' });
        expect(JSON.stringify(entries)).not.to.include('ada');
      });

      it('give it with null where nothing is said', async () => {
        const id = await monitor.jobIn('delayed');

        expect((await give(id, formOf(''))).status).to.equal(200);
        expect((await give(id, '', 'other')).status).to.equal(200);
      });

      it('refuse data that are no JSON, or twice there, and a name that cannot be', async () => {
        const id = await monitor.jobIn('delayed');

        const wrong = await give(id, formOf('{by: ada}'));
        const twice = await give(id, 'data=1&data=2');
        const large = await give(id, formOf('12345678901234567890'));
        const name = await give(id, formOf('1'), 'a%20b');

        expect(wrong.text).to.match(/^data must be JSON, such as/);
        expect(twice.text).to.match(/^data must be one JSON text/);
        expect([wrong, twice, large, name].map(({ status }) => status)).to.deep.equal([422, 422, 422, 422]);
        expect((await give(id, formOf('1'))).status, 'nothing was given').to.equal(200);
      });

      it('refuse a form that is too long, a job that has ended and one that is not there', async () => {
        const long = await give(await monitor.jobIn('delayed'), formOf(JSON.stringify('x'.repeat(300_000))));
        const ended = await give(await monitor.jobIn('failed'), formOf('1'));
        const gone = await give('nowhere', formOf('1'));

        expect([long, ended, gone].map(({ status }) => status)).to.deep.equal([413, 409, 404]);
      });
    });

    it('archive it', async () => {
      const id = await monitor.jobIn('waiting');

      expect((await act(`${QUEUE}/jobs/${id}/archive`)).status).to.equal(200);
      expect((await monitor.inspector.job(QUEUE, id))?.errors[0]?.message).to.equal('archived by monitor');
    });

    it('remove it', async () => {
      const id = await monitor.jobIn('succeeded');

      expect((await act(`${QUEUE}/jobs/${id}/remove`)).text).to.equal(`Job ${id} is removed.`);
      expect(await stateOf(id)).to.equal(undefined);
    });

    it('do not remove it while it runs', async () => {
      const id = await monitor.jobIn('active');

      expect(await act(`${QUEUE}/jobs/${id}/remove`)).to.deep.equal({
        status: 409,
        text: `job ${id} is active, so it was not removed; cancel it on its page, /queues/${QUEUE}/jobs/${id}`,
      });
      expect(await stateOf(id)).to.equal('active');
    });

    it('refuse what its state forbids, in words', async () => {
      const id = await monitor.jobIn('succeeded');
      const said = {
        retry: 'retried; only a failed job can be',
        promote: 'promoted; only a delayed job can be',
        cancel: 'cancelled; only a waiting, delayed or active job can be',
        archive: 'archived; only a waiting or delayed job can be',
      };

      for (const [name, words] of Object.entries(said)) {
        expect(await act(`${QUEUE}/jobs/${id}/${name}`)).to.deep.equal({
          status: 409,
          text: `job ${id} is succeeded, so it was not ${words}`,
        });
      }
    });

    it('refuse a job that is not there', async () => {
      for (const name of ['retry', 'promote', 'cancel', 'archive', 'remove']) {
        expect(await act(`${QUEUE}/jobs/none/${name}`)).to.deep.equal({
          status: 404,
          text: 'queue mail has no job none',
        });
      }
    });

    it('find one whose id is not plain', async () => {
      const id = 'a/b ?#%é<i>';
      await monitor.producer.addRaw({ type: 'email.send', queue: QUEUE, data: {}, options: { id } });

      expect((await act(`${QUEUE}/jobs/${encodeURIComponent(id)}/remove`)).status).to.equal(200);
      expect(await stateOf(id)).to.equal(undefined);
    });
  });

  describe('on a workflow', () => {
    const stateOfStep = async (name: string): Promise<unknown> =>
      (await monitor.inspector.workflows.get(QUEUE, 'w'))?.steps.find((step) => step.name === name)?.state;

    beforeEach(async () => {
      const { jobs } = await monitor.producer.addWorkflow(
        ({ job }) => {
          const first = job('a', PageStep, 1);
          job('b?c', PageStep, 1, { after: [first] });
        },
        { id: 'w' },
      );
      await monitor.inspector.archive(QUEUE, jobs['a']?.id ?? '', 'ada');
    });

    it('retry what failed of it, once', async () => {
      const answers = [await act(`${QUEUE}/workflows/w/retry`), await act(`${QUEUE}/workflows/w/retry`)];

      expect(answers).to.deep.equal([
        { status: 200, text: 'Steps that will run again: a.' },
        { status: 409, text: 'no step of workflow w has failed and is kept' },
      ]);
      expect(await stateOfStep('a')).to.equal('waiting');
    });

    it('cancel it', async () => {
      await act(`${QUEUE}/workflows/w/retry`);

      expect((await act(`${QUEUE}/workflows/w/cancel`)).text).to.equal(
        'Workflow w is cancelled, with 1 jobs of it.',
      );
      expect((await monitor.inspector.workflows.get(QUEUE, 'w'))?.state).to.equal('cancelled');
    });

    it('run a step again that has ended, and no other', async () => {
      const early = await act(`${QUEUE}/workflows/w/steps/b%3Fc/rerun`);
      const again = await act(`${QUEUE}/workflows/w/steps/a/rerun`);

      expect(early.status).to.equal(409);
      expect(again).to.deep.equal({ status: 200, text: 'Steps that will run again: a, b?c.' });
      const [entry] = (await monitor.inspector.audit.list()).entries;
      expect(entry).to.include({ action: 'rerun step', queue: QUEUE, id: 'w', outcome: 'done' });
    });

    it('refuse one that is not there', async () => {
      for (const path of ['none/retry', 'none/cancel', 'w/steps/none/rerun', 'w/steps/__proto__/rerun'])
        expect((await act(`${QUEUE}/workflows/${path}`)).status, path).to.equal(404);
    });
  });

  describe('on failures of a kind', () => {
    it('retry all of them, and no others', async () => {
      await monitor.jobIn('failed');
      await monitor.jobIn('failed');
      const other = await monitor.producer.addRaw({ type: 'other', queue: QUEUE, data: {}, options: {} });
      await monitor.inspector.archive(QUEUE, other.id, 'ada');
      const { groups } = await monitor.inspector.failures.groups(QUEUE);
      const fingerprint = groups.find(({ message }) => message === 'mailbox full')?.fingerprint ?? 'none';

      const first = await act(`${QUEUE}/failures/${fingerprint}/retry`);
      const second = await act(`${QUEUE}/failures/${fingerprint}/retry`);

      expect(first).to.deep.equal({ status: 200, text: '2 jobs of queue mail will run again.' });
      expect(second).to.deep.equal({
        status: 409,
        text: 'no failed job of queue mail has an error of this kind any more',
      });
      expect(await stateOf(other.id)).to.equal('failed');
    });

    it('say that it is resolved, ignored, open again', async () => {
      await monitor.jobIn('failed');
      const { groups } = await monitor.inspector.failures.groups(QUEUE);
      const fingerprint = groups[0]?.fingerprint ?? '';
      const state = async () => (await monitor.inspector.failures.case(QUEUE, fingerprint))?.state;
      const seen: unknown[] = [];

      for (const verb of ['resolve', 'ignore', 'reopen']) {
        const { status } = await act(`${QUEUE}/failures/${fingerprint}/${verb}`);
        seen.push([status, await state()]);
      }

      expect(seen).to.deep.equal([
        [200, 'resolved'],
        [200, 'ignored'],
        [200, 'open'],
      ]);
      const [entry] = (await monitor.inspector.audit.list()).entries;
      expect(entry).to.include({ action: 'mark failures', queue: QUEUE, id: fingerprint, outcome: 'done' });
      expect((await act(`${QUEUE}/failures/__proto__/ignore`)).status).to.equal(422);
    });

    it('say by a form how it stands, and have its jobs retried slowly', async () => {
      await monitor.jobsIn('failed', 2);
      const { groups } = await monitor.inspector.failures.groups(QUEUE);
      const fingerprint = groups[0]?.fingerprint ?? '';
      const post = async (verb: string, fields: Record<string, string>) => {
        const body = new URLSearchParams(fields);
        const headers = { 'X-Requested-With': 'XMLHttpRequest' };
        const path = `/actions/queues/${QUEUE}/failures/${fingerprint}/${verb}`;
        return (await monitor.fetch(path, { method: 'POST', headers, body })).status;
      };
      const note = 'x'.repeat(501);

      const marked = await post('mark', { verdict: 'resolved', version: '2.0', note: 'quota <raised>' });
      const { mark } = (await monitor.inspector.failures.case(QUEUE, fingerprint)) ?? {};
      const refused = [
        await post('mark', { verdict: 'gone' }),
        await post('mark', { verdict: 'open', note }),
        await post('mark', { verdict: 'resolved', version: 'two words' }),
        await post('retry', { perMinute: '0' }),
      ];
      const retried = await post('retry', { perMinute: '1' });

      expect(marked).to.equal(200);
      expect(mark).to.include({ verdict: 'resolved', version: '2.0', note: 'quota <raised>' });
      expect(refused).to.deep.equal([422, 422, 422, 422]);
      expect(retried).to.equal(200);
      // The first is due at once, and no worker is there to look.
      expect((await monitor.inspector.queue(QUEUE)).counts).to.include({ delayed: 2, failed: 0 });
      expect((await monitor.inspector.audit.list()).entries[0]?.detail).to.equal(
        '2 jobs of queue mail will run again, 1 a minute.',
      );
    });

    it('refuse what is no fingerprint', async () => {
      const id = await monitor.jobIn('failed');

      expect((await act(`${QUEUE}/failures/__proto__/retry`)).status).to.equal(422);
      expect(await stateOf(id)).to.equal('failed');
    });
  });

  describe('on a schedule', () => {
    beforeEach(async () => {
      await monitor.producer.schedules.putRaw({
        name: 'nightly',
        type: 'report.build',
        queue: QUEUE,
        cron: '0 3 * * *',
        overlap: 'skip',
        data: {},
      });
    });

    it('pause it and let it go on, once each', async () => {
      const answers = [];
      for (const action of ['pause', 'pause', 'resume', 'resume']) {
        answers.push(await act(`${QUEUE}/schedules/nightly/${action}`));
      }

      expect(answers.map(({ status }) => status)).to.deep.equal([200, 409, 200, 409]);
      expect(answers.map(({ text }) => text)).to.deep.equal([
        'Schedule nightly is paused.',
        'schedule nightly is paused already',
        'Schedule nightly goes on from its next tick.',
        'schedule nightly is not paused',
      ]);
    });

    it('fire it, and say why it did not', async () => {
      const first = await act(`${QUEUE}/schedules/nightly/fire`);
      const [job] = (await monitor.inspector.jobs(QUEUE, { state: 'waiting' })).jobs;
      const second = await act(`${QUEUE}/schedules/nightly/fire`);

      expect(first).to.deep.equal({ status: 200, text: `Schedule nightly fired: job ${job?.id} was added.` });
      expect(second).to.deep.equal({
        status: 409,
        text: `schedule nightly did not fire: job ${job?.id} of an earlier tick has not ended`,
      });
    });

    it('refuse one that is not there', async () => {
      for (const name of ['pause', 'resume', 'fire']) {
        expect(await act(`${QUEUE}/schedules/none/${name}`)).to.deep.equal({
          status: 404,
          text: 'queue mail has no schedule none',
        });
      }
    });
  });

  describe('as a form', () => {
    const post = (path: string, headers: Record<string, string>): Promise<Response> =>
      monitor.fetch(`/actions/queues/${path}`, {
        method: 'POST',
        headers: { 'Sec-Fetch-Site': 'same-origin', ...headers },
        body: new URLSearchParams(),
      });

    it('lead back to the page it was on', async () => {
      const response = await post(`${QUEUE}/pause`, { Referer: `${monitor.url}/?queue=mail` });

      expect([response.status, response.headers.get('location')]).to.deep.equal([303, '/?queue=mail']);
      expect((await monitor.inspector.queue(QUEUE)).paused?.by).to.equal('monitor');
    });

    it('lead to the overview when the browser does not say where it was, and never elsewhere', async () => {
      const referers = ['', 'nonsense', 'https://example.com/x', `${monitor.url}//example.com/x`];

      for (const [at, referer] of referers.entries()) {
        const headers = referer === '' ? {} : { Referer: referer };
        const response = await post(`${QUEUE}/${at % 2 === 0 ? 'pause' : 'resume'}`, headers);

        expect(response.headers.get('location'), referer).to.equal('/');
      }
    });

    it('show a refusal as a page', async () => {
      const response = await post(`${QUEUE}/resume`, { Accept: 'text/html' });

      expect(response.status).to.equal(409);
      expect(response.headers.get('content-type')).to.match(/^text\/html/);
      expect(await response.text()).to.include('queue mail is not paused');
    });
  });

  it('are POST only, and no others than these', async () => {
    expect((await monitor.fetch(`/actions/queues/${QUEUE}/pause`)).status).to.equal(404);
    expect((await monitor.send('DELETE', `/actions/queues/${QUEUE}/pause`)).status).to.equal(404);
    expect((await monitor.send('POST', `/actions/queues/${QUEUE}/destroy`)).status).to.equal(404);
    expect((await monitor.inspector.queue(QUEUE)).paused).to.equal(null);
  });

  it('take no other body than that of a form', async () => {
    expect((await monitor.send('POST', `/actions/queues/${QUEUE}/pause`, {})).status).to.equal(415);
  });

  it('are refused from another site', async () => {
    const headers = { ...XHR, 'Sec-Fetch-Site': 'cross-site' };

    const { status } = await monitor.fetch(`/actions/queues/${QUEUE}/pause`, { method: 'POST', headers });

    expect(status).to.equal(403);
  });

  it('are written down, with what came of them', async () => {
    const id = await monitor.jobIn('succeeded');
    await act(`${QUEUE}/pause`);
    await act(`${QUEUE}/jobs/${id}/retry`);

    const { entries } = await monitor.inspector.audit.list();

    expect(entries.map(({ at, entryId, ...rest }) => rest)).to.deep.equal([
      {
        by: 'monitor',
        through: 'monitor',
        action: 'retry',
        queue: QUEUE,
        id,
        outcome: 'refused',
        detail: `job ${id} is succeeded, so it was not retried; only a failed job can be`,
      },
      {
        by: 'monitor',
        through: 'monitor',
        action: 'pause',
        queue: QUEUE,
        id: null,
        outcome: 'done',
        detail: 'Queue mail is paused.',
      },
    ]);
  });

  it('are done in the name of who is signed in, and not by a viewer', async () => {
    await monitor.close();
    const users = [
      { name: 'otto', passwordHash: await hashPassword('steering'), role: 'operator' },
      { name: 'vera', passwordHash: await hashPassword('looking'), role: 'viewer' },
    ] as const;
    monitor = await openMonitor({ users });
    const pauseAs = (name: string, password: string): Promise<Response> => {
      const credentials = Buffer.from(`${name}:${password}`).toString('base64');
      const headers = { ...XHR, Authorization: `Basic ${credentials}` };
      return monitor.fetch(`/actions/queues/${QUEUE}/pause`, { method: 'POST', headers });
    };

    expect((await pauseAs('vera', 'looking')).status).to.equal(403);
    expect((await pauseAs('otto', 'steering')).status).to.equal(200);
    expect((await monitor.inspector.queue(QUEUE)).paused?.by).to.equal('otto');
  });
});
