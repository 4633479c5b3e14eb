import { expect } from 'chai';
import { z } from 'zod';
import { defineJob, handle } from '../../lib/jobs/define.ts';
import { createWorker } from '../../lib/open.ts';
import { testQueueName } from '../../lib/testing/test-queue-name.ts';
import type { Worker } from '../../lib/worker/worker.ts';
import { readPage } from '../support/pages.ts';
import { redisUrl } from '../support/redis.ts';
import { CLIENT_PRINTED, CLIENT_PROGRAM } from './client-programs.ts';
import { OF_IOREDIS, packagesLoadedBy } from './loaded.ts';
import { RESOLUTIONS, tsconfig } from './programs.ts';
import {
  COMPILE,
  emptyProject,
  installLinked,
  type Manifest,
  type Project,
  pack,
  packClient,
  succeed,
  type Tarball,
} from './project.ts';

const NAME = 'apiary-jobs-client';
const Root = z.object({ version: z.string(), dependencies: z.looseObject({ ioredis: z.string() }) });

describe('the package of the client, packed and installed', function () {
  this.timeout(300_000);
  const queue = testQueueName();
  let tarball: Tarball;
  let manifest: Manifest;
  let project: Project;
  let worker: Worker;

  before(async () => {
    [tarball, project] = await Promise.all([packClient(), emptyProject()]);
    manifest = await installLinked(project, NAME, tarball);
    await project.write('program.mts', CLIENT_PROGRAM);
    await project.write('program.cts', CLIENT_PROGRAM);
    const Greet = defineJob({ type: 'greet', queue, schema: z.string() });
    worker = createWorker({ redis: redisUrl(), handlers: [handle(Greet, (name) => `Hello ${name}`)] });
    await worker.start();
  });

  after(async () => {
    await worker.stop();
    await project.remove();
  });

  it('depends on ioredis alone, and has the version of the package itself', () => {
    const { version, dependencies } = Root.parse(JSON.parse(readPage('package.json')));

    expect(manifest).to.include({ name: NAME, version });
    expect(manifest.dependencies).to.deep.equal({ ioredis: dependencies.ioredis });
    expect(manifest).to.not.have.any.keys('optionalDependencies', 'bundledDependencies');
    for (const peer of Object.keys(Object(manifest['peerDependencies'])))
      expect(manifest['peerDependenciesMeta'], peer).to.deep.include({ [peer]: { optional: true } });
  });

  it('holds one module, its declarations, and croner for schedules', () => {
    const others = tarball.files.filter((file) => !/^dist\/.*\.d\.cts$/.test(file));

    expect(others).to.have.members([
      ...['LICENSE', 'README.md', 'package.json'],
      ...['client.js', 'client.cjs', 'client.d.ts', 'croner.cjs', 'croner.LICENSE'].map(
        (file) => `dist/${file}`,
      ),
    ]);
  });

  for (const [resolution, module] of RESOLUTIONS) {
    it(`has types for ESM and CommonJS under ${resolution}`, async () => {
      await project.write('tsconfig.json', tsconfig(resolution, module, ['program.mts', 'program.cts']));

      const compiled = await project.run(process.execPath, COMPILE);

      expect(compiled).to.deep.equal({ code: 0, output: '' });
    });
  }

  for (const kind of ['mjs', 'cjs']) {
    it(`adds, waits and looks in a program compiled to .${kind}, which ends by itself`, async () => {
      const env = { QUEUE: queue, REDIS_URL: redisUrl() };

      const ran = await project.run(process.execPath, [`built-node16/program.${kind}`], env);

      expect(ran).to.deep.equal({ code: 0, output: CLIENT_PRINTED });
    });
  }

  it('loads nothing but ioredis, used or not', async () => {
    const loaded = await packagesLoadedBy(
      project,
      `const { createInspector, createProducer } = await import('${NAME}');
       const redis = process.env.REDIS_URL;
       const producer = createProducer({ redis });
       const inspector = createInspector({ redis });
       const { id } = await producer.addRaw({ type: 'greet', queue: '${queue}', data: 'Bob' });
       await producer.waitFor({ id, queue: '${queue}' }, { timeoutMs: 60_000 });
       await inspector.queue('${queue}');
       await Promise.all([producer.close(), inspector.close()]);`,
      { REDIS_URL: redisUrl() },
    );

    expect(loaded).to.deep.equal([...OF_IOREDIS, NAME].sort());
  });

  it('is one and the same for both kinds of modules', async () => {
    await project.write(
      'same.cjs',
      `const required = require('${NAME}');
       import('${NAME}').then((imported) =>
         console.log(Object.keys(imported).every((key) => required[key] === imported[key])));`,
    );

    expect(await succeed(project, process.execPath, ['same.cjs'])).to.equal('true\n');
  });
});

describe('both packages in one process', function () {
  this.timeout(300_000);
  let project: Project;

  before(async () => {
    const [whole, client, made] = await Promise.all([pack(), packClient(), emptyProject()]);
    project = made;
    await installLinked(project, 'apiary-jobs', whole);
    await installLinked(project, NAME, client);
  });

  after(() => project.remove());

  async function tell(text: string): Promise<unknown> {
    const imports = `import * as whole from 'apiary-jobs';\nimport * as client from '${NAME}';\n`;
    await project.write('both.mjs', `${imports}${text}`);
    return JSON.parse(await succeed(project, process.execPath, ['both.mjs'], { REDIS_URL: redisUrl() }));
  }

  it('export the same from the one as from the other', async () => {
    expect(await tell('console.log(Object.keys(client).every((name) => name in whole));')).to.equal(true);
  });

  it('know the errors of each other by instanceof', async () => {
    const told = await tell(`
      const make = ({ ApiaryError, DiscardJob, RetryAfter, RetryLater }) => [
        [ApiaryError, new ApiaryError('JOB_INVALID', 'x')], [DiscardJob, new DiscardJob('x')],
        [RetryAfter, new RetryAfter('x', 1)], [RetryLater, new RetryLater(1)],
      ];
      const [ours, theirs] = [make(whole), make(client)];
      const known = ours.map(([, one]) => theirs.map(([type]) => one instanceof type));
      const back = theirs.map(([, one]) => ours.map(([type]) => one instanceof type));
      console.log(JSON.stringify([known, back]));`);

    const alike = [0, 1, 2, 3].map((row) => [0, 1, 2, 3].map((column) => row === column));
    expect(told).to.deep.equal([alike, alike]);
  });

  it('take the definitions, the schedules and the errors of each other, over one client of ioredis', async () => {
    const told = await tell(`
      import { createRequire } from 'node:module';
      const { Redis } = createRequire(import.meta.url)('ioredis');
      const redis = new Redis(process.env.REDIS_URL, { maxRetriesPerRequest: null });
      const schema = { '~standard': { version: 1, vendor: 'own', validate: (value) => ({ value }) } };
      const queue = '${testQueueName()}';
      const Greet = client.defineJob({ type: 'greet', queue, schema });
      const Sum = whole.defineJob({ type: 'sum', queue, schema });
      const worker = whole.createWorker({
        redis,
        handlers: [
          whole.handle(Greet, (name) => { if (name === '') throw new client.DiscardJob('nobody'); return 'Hello ' + name; }),
          whole.handle(Sum, ({ a, b }) => a + b),
        ],
        schedules: [client.schedule(Greet, { name: 'daily', cron: '@daily', data: 'Eve' })],
      });
      await worker.start();
      const producer = client.createProducer({ redis });
      const other = whole.createProducer({ redis });
      const added = [
        await producer.add(Greet, 'Ada'), await producer.add(Sum, { a: 20, b: 22 }), await other.add(Greet, ''),
      ];
      const ends = await Promise.all(added.map((job) => producer.waitFor(job, { timeoutMs: 60_000 })));
      const kept = await client.createInspector({ redis }).schedules.list(queue);
      await Promise.all([worker.stop(), producer.close(), other.close()]);
      redis.disconnect();
      console.log(JSON.stringify([ends.map(({ result, outcome }) => result ?? outcome), kept.length]));`);

    expect(told).to.deep.equal([['Hello Ada', 42, 'discarded'], 1]);
  });
});

describe('what the package itself loads', function () {
  this.timeout(300_000);
  const ours = ['apiary-jobs', ...OF_IOREDIS];
  const queue = testQueueName();
  let project: Project;

  before(async () => {
    const [tarball, made] = await Promise.all([pack(), emptyProject()]);
    project = made;
    await installLinked(project, 'apiary-jobs', tarball);
  });

  after(() => project.remove());

  const loadedBy = (text: string) =>
    packagesLoadedBy(
      project,
      `const { createProducer, createWorker, defineJob, handle, Queue, createLogger, schedule } = await import('apiary-jobs');
       const redis = process.env.REDIS_URL;
       const schema = { '~standard': { version: 1, vendor: 'own', validate: (value) => ({ value }) } };
       const Greet = defineJob({ type: 'greet', queue: '${queue}', schema });
       ${text}`,
      { REDIS_URL: redisUrl() },
    );

  it('is ioredis for a producer and a worker that run a job', async () => {
    const loaded = await loadedBy(`
      const worker = createWorker({ redis, handlers: [handle(Greet, () => 1)] });
      await worker.start();
      const producer = createProducer({ redis });
      await producer.waitFor(await producer.add(Greet, 'Ada'), { timeoutMs: 60_000 });
      await Promise.all([worker.stop(), producer.close()]);`);

    expect(loaded).to.deep.equal(ours.toSorted());
  });

  it('is OpenTelemetry besides where a provider of tracers is registered', async () => {
    const add = `const producer = createProducer({ redis });
       await producer.add(Greet, 'Ada');
       await producer.close();`;

    expect(await loadedBy(add)).to.deep.equal(ours.toSorted());
    expect(
      await loadedBy(`globalThis[Symbol.for('opentelemetry.js.api.1')] = { version: '1.9.0' };\n${add}`),
    ).to.include('@opentelemetry/api');
  });

  it('is croner besides where there is a cron expression', async () => {
    const loaded = await loadedBy("schedule(Greet, { name: 'daily', cron: '@daily', data: 1 });");

    expect(loaded).to.deep.equal([...ours, 'croner'].sort());
  });

  it('is nothing more for an outbox, whose relay alone loads pg', async () => {
    const loaded = await loadedBy("(await import('apiary-jobs/outbox')).createOutbox();");

    expect(loaded).to.deep.equal(ours.toSorted());
  });

  it('is bunyan besides for a logger of ours', async () => {
    expect(await loadedBy("createLogger({ level: 'info', format: 'json' });")).to.include('bunyan');
  });

  it('is nothing of the pages and the API for the service of a worker alone', async () => {
    const loaded = await packagesLoadedBy(
      project,
      `const write = process.stdout.write;
       const ready = new Promise((resolve) => {
         process.stdout.write = (text) => { if (String(text).includes('ready to work')) resolve(); return true; };
       });
       process.argv.splice(1, process.argv.length, 'apiary', 'start', '--worker');
       await import('./node_modules/apiary-jobs/dist/cli.js');
       await ready;
       process.stdout.write = write;
       setImmediate(() => process.exit(0));`,
      { NODE_ENV: 'production', REDIS_URL: redisUrl(), QUEUE_PREFIX: queue },
    );

    expect(loaded).to.include.members(['ioredis', 'convict', 'commander', 'bunyan']);
    expect(loaded).to.not.include.any.members([
      'express',
      'bull-arena',
      'preact',
      'helmet',
      'bee-queue',
      'redis',
    ]);
    expect(loaded).to.not.include.any.members(['@asteasolutions/zod-to-openapi', 'croner']);
  });

  it('is nothing that draws for a command that prints', async () => {
    const loaded = await packagesLoadedBy(
      project,
      `const write = process.stdout.write;
       process.stdout.write = () => true;
       process.argv.splice(1, process.argv.length, 'apiary', 'queues');
       await import('./node_modules/apiary-jobs/dist/cli.js');
       process.stdout.write = write;`,
      { NODE_ENV: 'production', REDIS_URL: redisUrl(), QUEUE_PREFIX: queue },
    );

    expect(loaded).to.include.members(['ioredis', 'commander']);
    expect(loaded).to.not.include.any.members(['terminal-kit', 'string-kit', 'express']);
  });

  it('is bee-queue besides for a queue of its interface', async () => {
    const loaded = await loadedBy(
      `await new Queue('${queue}', { redis, isWorker: false, getEvents: false, sendEvents: false }).close();`,
    );

    expect(loaded).to.include.members(['bee-queue', 'redis']);
  });
});
