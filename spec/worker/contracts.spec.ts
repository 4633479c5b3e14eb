import { expect } from 'chai';
import { z } from 'zod';
import { presenceKeys } from '../../lib/engine/keys.ts';
import { announceSchemas } from '../../lib/engine/queries/contracts.ts';
import { announce, type WorkerInfo } from '../../lib/engine/queries/presence.ts';
import { type Contract, Inspector } from '../../lib/inspector/inspector.ts';
import { defineJob, handle } from '../../lib/jobs/define.ts';
import { testQueueName } from '../../lib/testing/test-queue-name.ts';
import { handledTypes } from '../../lib/worker/handled-types.ts';
import { until } from '../support/wait.ts';
import { openWorkers, type SpecWorkers } from '../support/worker.ts';

type Schema = Parameters<typeof defineJob>[0]['schema'];

describe('what workers accept', () => {
  let specs: SpecWorkers;
  let inspector: Inspector;

  beforeEach(() => {
    specs = openWorkers();
    inspector = new Inspector({ client: specs.client });
  });
  afterEach(() => specs.close());

  const handlerOf = (type: string, schema: Schema) =>
    handle(defineJob({ type, queue: specs.queue, schema }), () => null);
  const ofSpec = async (): Promise<Contract[]> =>
    (await inspector.contracts()).contracts.filter(({ queue }) => queue === specs.queue);
  const start = (...handlers: ReturnType<typeof handlerOf>[]) => specs.worker({ handlers }).start();

  it('is told by type, with the schema', async () => {
    await start(handlerOf('send', z.object({ to: z.email() })), handlerOf('any', z.date()));
    await until(async () => (await ofSpec()).length === 2, 'the worker spoke');

    const [any, send] = await ofSpec();
    expect(any?.workers[0]).to.include({ pid: process.pid, fingerprint: null });
    expect(any?.schemas).to.deep.equal({});
    const fingerprint = send?.workers[0]?.fingerprint ?? '';
    expect(fingerprint).to.match(/^[0-9a-f]{16}$/);
    expect(send).to.include({ type: 'send', workerCount: 1 });
    expect(send?.schemas[fingerprint]).to.have.nested.property('properties.to.format', 'email');
  });

  it('shows where two workers differ, and is gone with them', async () => {
    const one = specs.worker({ handlers: [handlerOf('send', z.object({ to: z.string() }))] });
    const other = specs.worker({ handlers: [handlerOf('send', z.object({ to: z.number() }))] });
    await Promise.all([one.start(), other.start()]);
    await until(async () => (await ofSpec())[0]?.workerCount === 2, 'both spoke');

    const [contract] = await ofSpec();
    expect(Object.keys(contract?.schemas ?? {})).to.have.members(
      contract?.workers.map(({ fingerprint }) => fingerprint) ?? [],
    );
    expect(Object.keys(contract?.schemas ?? {})).to.have.length(2);
    const ids = contract?.workers.map(({ id }) => id) ?? [];

    await Promise.all([one.stop(), other.stop()]);

    expect(await ofSpec()).to.deep.equal([]);
    const keys = ids.map(presenceKeys('bq').schemas);
    expect(await specs.client.exists(...keys)).to.equal(0);
  });

  it('has one fingerprint whatever order a schema is written in', () => {
    const { handlers } = handledTypes([
      handlerOf('a', z.object({ x: z.string().optional(), y: z.number().optional() })),
      handlerOf('b', z.object({ y: z.number().optional(), x: z.string().optional() })),
      handlerOf('c', z.object({ x: z.string().optional(), y: z.string().optional() })),
    ]);

    expect(handlers[0]?.fingerprint).to.equal(handlers[1]?.fingerprint);
    expect(handlers[0]?.fingerprint).not.to.equal(handlers[2]?.fingerprint);
  });

  it('is a fingerprint alone of a schema that is large, and bounded in all', () => {
    const wide = (name: string, width: number) =>
      z.object(Object.fromEntries(Array.from({ length: width }, (_, at) => [`${name}-${at}`, z.string()])));
    const large = handledTypes([handlerOf('large', wide('large', 400))]);
    const many = handledTypes(
      Array.from({ length: 100 }, (_, at) => handlerOf(`t${at}`, wide(`${at}`, 100))),
    );

    expect(large.handlers[0]).to.have.property('fingerprint');
    expect(large.schemas).to.deep.equal({});
    expect(many.handlers.every(({ fingerprint }) => fingerprint !== undefined)).to.equal(true);
    expect(JSON.stringify(many.schemas).length).to.be.within(30_000, 70_000);
  });

  it('is no fingerprint of a schema whose library misbehaves', () => {
    const loop: Record<string, unknown> = {};
    loop['self'] = loop;
    const thrower = (): never => {
      throw new Error('no');
    };
    const converters: unknown[] = [
      null,
      { input: thrower },
      { input: () => loop },
      { input: () => 'text' },
      { input: () => [] },
      {
        get input() {
          return thrower();
        },
      },
    ];
    const handlers = converters.map((jsonSchema, at) => {
      const standard = { version: 1, vendor: 'spec', validate: (value: unknown) => ({ value }), jsonSchema };
      // What no type allows is what is tried.
      return handlerOf(`t${at}`, { '~standard': standard } as unknown as Schema);
    });

    const types = handledTypes(handlers);

    expect(types.handlers.filter((handler) => 'fingerprint' in handler)).to.deep.equal([]);
    expect(types.schemas).to.deep.equal({});
  });

  it('is bounded, however many types and workers there are', async () => {
    const prefix = testQueueName();
    const deps = { client: specs.client, prefix };
    const handlers = Array.from({ length: 1_200 }, (_, at) => ({
      type: `t${at}`,
      queue: 'q',
      fingerprint: 'f',
    }));
    const worker = (id: string, of: WorkerInfo['handlers']): WorkerInfo => ({
      ...{ id, host: 'host', pid: 1, version: '1.0.0', startedAt: 1, strict: false, concurrency: 1 },
      ...{ status: 'running', queues: [], handlers: of, runningCount: 0, running: [] },
    });
    await announce(deps, worker('wide', handlers));
    await announceSchemas(deps, { id: 'wide', schemas: { f: { type: 'string' }, ['__proto__']: 1 } });
    for (let at = 0; at < 120; at++) await announce(deps, worker(`w${at}`, handlers.slice(0, 1)));
    await specs.client.lpush(presenceKeys(prefix).schemas('w1'), 'a list');

    const { contracts, total } = await new Inspector(deps).contracts();

    expect([contracts.length, total]).to.deep.equal([1_000, 1_200]);
    expect(contracts[0]?.workers).to.have.length(100);
    expect(contracts[0]).to.deep.include({ type: 't0', workerCount: 121 });
    expect(contracts[1]?.schemas).to.deep.equal({ f: { type: 'string' } });
  });
});
