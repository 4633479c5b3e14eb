import { expect } from 'chai';
import { z } from 'zod';
import { parseData } from '../../lib/jobs/check-data.ts';
import { defineJob, handle } from '../../lib/jobs/define.ts';

const schema = z.object({ to: z.email() });

describe('defineJob', () => {
  it('puts a type without a queue into the queue named default', () => {
    expect(defineJob({ type: 'email.send', schema }).queue).to.equal('default');
  });

  it('keeps the options beside the schema as the defaults of the type', () => {
    const definition = defineJob({ type: 'email.send', queue: 'mail', schema, retries: 7, timeoutMs: 50 });

    expect(definition).to.deep.include({
      type: 'email.send',
      queue: 'mail',
      defaults: { retries: 7, timeoutMs: 50 },
    });
  });

  it('cannot be changed afterwards', () => {
    const definition = defineJob({ type: 'email.send', schema, retries: 7 });

    expect(() => Object.assign(definition.defaults, { retries: 0 })).to.throw(TypeError);
    expect(() => Object.assign(definition, { queue: 'other' })).to.throw(TypeError);
  });

  for (const name of ['', 'two words', 'a:b', 'a{b}', 'x'.repeat(129)]) {
    it(`refuses ${JSON.stringify(name.slice(0, 12))} as the name of a type or a queue`, () => {
      expect(() => defineJob({ type: name, schema }))
        .to.throw(/type must be/)
        .with.property('code', 'JOB_INVALID');
      expect(() => defineJob({ type: 'x', queue: name, schema })).to.throw(/queue must be/);
    });
  }

  it('names an option it does not know, and those it does', () => {
    const input = { type: 'email.send', schema, retry: 3 };

    expect(() => defineJob(input)).to.throw(
      /option retry is unknown; did you mean retries\?; known are id, delayMs, .*retries/,
    );
  });

  it('refuses what is no Standard Schema', () => {
    const input = { type: 'email.send', schema: { parse: () => 1 } };

    expect(() => defineJob(input as never)).to.throw(/email\.send: schema must be a Standard Schema/);
  });
});

describe('handle', () => {
  it('binds a handler to its definition', () => {
    const definition = defineJob({ type: 'email.send', schema });
    const run = (data: { to: string }): string => data.to;

    expect(handle(definition, run)).to.deep.equal({ definition, run });
  });
});

describe('parseData', () => {
  it('resolves with the output of the schema', async () => {
    const definition = defineJob({ type: 'number', schema: z.object({ n: z.coerce.number() }) });

    expect(await parseData(definition, { n: '5', more: true })).to.deep.equal({ n: 5 });
  });

  it('waits for a schema that takes its time', async () => {
    const slow = z.string().refine(async (text) => text !== 'taken', 'is taken');
    const definition = defineJob({ type: 'name', schema: slow });

    expect(await parseData(definition, 'free')).to.equal('free');
    expect(await failureOf(() => parseData(definition, 'taken'))).to.deep.include({
      problems: [{ path: '', message: 'is taken' }],
    });
  });

  it('names each wrong field with the path to it', async () => {
    const nested = z.object({ to: z.array(z.object({ name: z.string() })), n: z.number() });
    const definition = defineJob({ type: 'email.send', schema: nested });

    const error = await failureOf(() => parseData(definition, { to: [{ name: 'a' }, { name: 1 }], n: 'x' }));

    expect(error).to.include({ code: 'JOB_INVALID' });
    expect(error.problems?.map(({ path }) => path)).to.deep.equal(['to.1.name', 'n']);
    expect(error.message).to.match(/^data of email\.send is not valid: to\.1\.name: /);
  });
});

async function failureOf(parse: () => unknown): Promise<Error & { problems?: { path: string }[] }> {
  return Promise.resolve()
    .then(parse)
    .then(
      () => expect.fail('it was accepted'),
      (error) => error,
    );
}
