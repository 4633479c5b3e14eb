import { expect } from 'chai';
import fc from 'fast-check';
import { z } from 'zod';
import { defineJob, type JobDefinition } from '../../lib/jobs/define.ts';
import { writeData } from '../../lib/jobs/given-data.ts';
import { jobFor } from '../../lib/jobs/planned-job.ts';
import { openWorkers, type SpecWorkers } from '../support/worker.ts';

class Point {
  x = 1;
  y = 2;
  #hidden = 3;
  get sum(): number {
    return this.x + this.y + this.#hidden;
  }
}
class Wrapped extends Point {
  toJSON(): object {
    return { x: this.x, y: this.y };
  }
}
class Money {
  toJSON(): string {
    return '5 EUR';
  }
}

const CHANGED: Record<string, [data: unknown, path: string, message: RegExp]> = {
  'a Date': [{ at: new Date(5) }, 'at', /is a Date.*toISOString/],
  'a Date within a list': [{ list: [{ at: new Date(5) }] }, 'list.0.at', /is a Date/],
  'a Map': [{ a: { map: new Map([[1, 2]]) } }, 'a.map', /is a Map/],
  'a Set': [new Set([1]), 'data', /is a Set/],
  NaN: [[1, Number.NaN], '1', /is NaN/],
  Infinity: [{ n: Number.NEGATIVE_INFINITY }, 'n', /is -Infinity/],
  'undefined in a list': [{ list: [1, undefined] }, 'list.1', /is undefined/],
  'a hole in a list': [Object.assign([], { length: 2, 1: 1 }), '0', /is undefined/],
  undefined: [undefined, 'data', /is undefined/],
  'a BigInt': [{ n: 5n }, 'data', /cannot be written as JSON.*BigInt/],
  'a function': [{ f: () => 1 }, 'f', /is a function/],
  'a symbol': [{ s: Symbol('s') }, 's', /is a symbol/],
  bytes: [{ bytes: new Uint8Array([1]) }, 'bytes', /binary/],
  'a Buffer': [{ bytes: Buffer.from('a') }, 'bytes', /binary/],
  'a regular expression': [{ re: /a/ }, 're', /RegExp/],
  'an error': [{ err: new Error('x') }, 'err', /is an Error/],
  'a number object': [{ n: Object(5) }, 'n', /around a single value/],
  'a URL': [{ url: new URL('http://a/') }, 'url', /toJSON/],
  'what makes a text of itself': [{ price: new Money() }, 'price', /toJSON/],
  'what makes nothing of itself': [{ a: { toJSON: () => undefined, n: 1 } }, 'a', /toJSON/],
  'a circle': [Object.assign([], { 0: null }), '', /^$/],
};

describe('the data of a job that is added', () => {
  const circle: unknown[] = [];
  circle.push(circle);
  CHANGED['a circle'] = [circle, 'data', /cannot be written as JSON/];

  for (const [name, [data, path, message]] of Object.entries(CHANGED)) {
    it(`are refused with the path for ${name}`, () => {
      expect(() => writeData('job', data))
        .to.throw(/^data of job is not valid: /)
        .that.has.property('problems')
        .that.satisfies((problems: { path: string; message: string }[]) => {
          expect(problems[0]?.path).to.equal(path);
          expect(problems[0]?.message).to.match(message);
          return true;
        });
    });
  }

  it('names each place, up to ten', () => {
    const data = Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`at${n}`, new Date(n)]));

    expect(() => writeData('job', data))
      .to.throw()
      .with.property('problems')
      .with.length(10);
  });

  it('may be anything that JSON gives back, which is what the schema sees', () => {
    fc.assert(
      fc.property(fc.jsonValue({ depthSize: 'medium' }), (data) => {
        const { json, value } = writeData('job', data);
        expect(json.text).to.equal(JSON.stringify(data));
        expect(JSON.stringify(value)).to.equal(json.text);
      }),
    );
  });

  it('may have fields that are undefined, and objects of classes that lose nothing', () => {
    expect(writeData('job', { a: undefined, b: 1 })).to.deep.include({ value: { b: 1 } });
    expect(writeData('job', { at: new Point() }).json.text).to.equal('{"at":{"x":1,"y":2}}');
    expect(writeData('job', { at: new Wrapped() }).json.text).to.equal('{"at":{"x":1,"y":2}}');
    expect(writeData('job', Object.create(null)).json.text).to.equal('{}');
    expect(writeData('job', [-0, 1.5, '\ud83d']).json.text).to.equal('[0,1.5,"\\ud83d"]');
  });

  it('are looked at once: the schema and Redis get the same', () => {
    let looks = 0;
    const given = { inner: { toJSON: () => ({ n: ++looks }), n: 1 } };

    const { json, value } = writeData('job', given);

    expect([json.text, value]).to.deep.equal(['{"inner":{"n":1}}', { inner: { n: 1 } }]);
  });

  describe('by every way in', () => {
    let specs: SpecWorkers;
    let definition: JobDefinition<unknown, unknown>;

    before(() => {
      specs = openWorkers();
      definition = defineJob({ type: 'job', queue: specs.queue, schema: z.unknown() });
    });
    after(() => specs.close());

    const bad = { at: new Date(5) };
    const ways: Record<string, () => Promise<unknown>> = {
      add: () => specs.producer.add(definition, bad),
      addMany: () => specs.producer.addMany(definition, [{ fine: 1 }, bad]),
      addRaw: () => specs.producer.addRaw({ type: 'job', queue: specs.queue, data: bad, options: {} }),
      addChain: () => specs.producer.addChain([jobFor(definition, 1), jobFor(definition, bad)]),
      addBatch: () =>
        specs.producer.addBatch({ jobs: [jobFor(definition, bad)], last: jobFor(definition, 1) }),
      schedules: () => specs.producer.schedules.put(definition, { name: 's', everyMs: 60_000, data: bad }),
    };
    for (const [name, add] of Object.entries(ways)) {
      it(`are refused by ${name}, and nothing is stored`, async () => {
        const error = await add().catch((thrown: unknown) => thrown);

        expect(error).to.include({ code: 'JOB_INVALID' });
        expect(error).to.have.nested.property('problems[0].path', name === 'addMany' ? '1.at' : 'at');
        expect(await specs.client.exists(`bq:${specs.queue}:jobs`)).to.equal(0);
      });
    }

    it('are given to the schema as a handler will get them', async () => {
      const dated = defineJob({ type: 'job', queue: specs.queue, schema: z.object({ at: z.date() }) });
      const strict = defineJob({ type: 'job', queue: specs.queue, schema: z.strictObject({}) });

      const error = await specs.producer.add(dated, { at: '2020-01-01' as never }).catch((thrown) => thrown);

      expect(error).to.have.nested.property('problems[0].path', 'at');
      expect(await specs.producer.add(strict, { more: undefined } as never)).to.include({ created: true });
    });
  });
});
