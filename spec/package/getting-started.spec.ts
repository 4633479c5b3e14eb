import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { z } from 'zod';
import { startTestRedis } from '../../lib/testing/index.ts';
import { ROOT, readPage } from '../support/pages.ts';
import { startCommand } from '../support/process.ts';
import { until } from '../support/wait.ts';
import { installedProject, type Project, succeed } from './project.ts';
import { addressOf, blockOf } from './service.ts';

const PAGE = 'docs/getting-started.md';
const Added = z.object({ id: z.string(), queue: z.string() });
const Ended = z.looseObject({ state: z.literal('succeeded'), result: z.literal('Hello Ada') });
/** What the page installs for development. */
const TOOLS = ['typescript', 'tsx', 'mocha', 'chai', '@types/mocha', '@types/chai'];

describe('the page on getting started', function () {
  this.timeout(300_000);
  let project: Project;

  before(async () => {
    project = await installedProject();
    for (const tool of TOOLS) {
      await symlink(join(ROOT, 'node_modules', tool), join(project.folder, 'node_modules', tool));
    }
    await symlink(join(ROOT, 'node_modules/.bin/mocha'), join(project.folder, 'node_modules/.bin/mocha'));
    await symlink(join(ROOT, 'node_modules/.bin/tsc'), join(project.folder, 'node_modules/.bin/tsc'));
    await succeed(project, 'npm', ['pkg', 'set', 'type=module']);
    for (const file of [
      'tsconfig.json',
      'jobs/greet.ts',
      'handlers/greet.ts',
      'add.ts',
      'spec/greet.spec.ts',
    ]) {
      await project.write(file, blockOf(PAGE, file));
    }
  });

  after(() => project.remove());

  it('installs what its code uses', () => {
    for (const tool of TOOLS) expect(commandWith('npm install --save-dev')).to.include(` ${tool}`);
    expect(commandWith('npm install apiary-jobs')).to.equal('npm install apiary-jobs zod');
  });

  it('runs its first job as it says', async () => {
    const env = {
      NODE_OPTIONS: '--import tsx',
      WORKER_HANDLERS: 'handlers',
      API_PORT: '0',
      MONITOR_PORT: '0',
    };
    const service = await startCommand('node_modules/.bin/apiary', ['start'], env, project.folder);
    try {
      const api = await addressOf(service, 'api');
      const curl = commandWith('curl -X POST').replace('localhost:8080', new URL(api).host);
      const { id, queue } = Added.parse(JSON.parse(await succeed(project, 'sh', ['-c', `${curl} -sS`])));

      const job = async () => (await fetch(`${api}/v1/queues/${queue}/jobs/${id}`)).json();
      await until(async () => Ended.safeParse(await job()).success, 'the job of the page succeeds');
    } finally {
      await service.stop();
    }
  });

  it('adds a job from the program that it shows', async () => {
    const redis = await startTestRedis();
    try {
      const node = [process.execPath, ['--import', 'tsx', 'add.ts'], { REDIS_URL: redis.url }] as const;
      expect(await succeed(project, ...node)).to.match(/^added \S+\n$/);
    } finally {
      await redis.stop();
    }
  });

  it('compiles its code and passes its spec', async () => {
    const output = await succeed(project, 'sh', ['-c', commandWith('npx mocha')]);

    expect(output).to.include('1 passing');
  });
});

/** The line of the page's commands that has these words. */
function commandWith(words: string): string {
  const blocks = [...readPage(PAGE).matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = '']) => block);
  const line = blocks.flatMap((block) => block.split('\n')).find((one) => one.includes(words));
  if (line === undefined) throw new Error(`${PAGE} has no command with ${words}`);
  return line;
}
