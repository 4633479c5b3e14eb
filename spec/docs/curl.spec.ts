import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { z } from 'zod';
import { addressOf } from '../package/service.ts';
import { PAGES, readPage } from '../support/pages.ts';
import { type ApiaryProcess, startApiary } from '../support/process.ts';
import { type SpecRedis, startRedis } from '../support/redis.ts';
import { BLOCKS, type Block, placeOf } from './blocks.ts';
import { commandsOf } from './shell.ts';

const execute = promisify(execFile);
/** Its jobs are of types that its own reader writes; the specs of the package run it whole. */
const OWN_SPEC = 'docs/getting-started.md';
const Answer = z.looseObject({ id: z.string() });

interface Example {
  place: string;
  command: string;
  /** The answer that the page shows behind it. */
  shown: Record<string, unknown> | null;
}

const EXAMPLES = PAGES.filter((page) => page !== OWN_SPEC).flatMap(examplesOf);

describe('the curl examples of the documentation', function () {
  this.timeout(120_000);
  let redis: SpecRedis;
  let service: ApiaryProcess;
  /** Ids that the pages show, and those that the service gave instead. */
  const ids = new Map<string, string>();

  before(async () => {
    redis = await startRedis({ appendOnly: false });
    const ports = { API_PORT: '0', MONITOR_PORT: '0' };
    service = await startApiary(['--api', '--monitor'], { ...ports, REDIS_URL: redis.url });
  });

  after(async () => {
    await service.stop();
    await redis.stop();
  });

  for (const { place, command, shown } of EXAMPLES) {
    it(`are answered as the page says, that of ${place}`, async () => {
      // The service of the pages has a worker.
      const { warnings: _, ...answer } = await call(command);

      if (shown === null) return;
      expect({ ...answer, id: shown['id'] }).to.deep.equal(shown);
      ids.set(Answer.parse(shown).id, Answer.parse(answer).id);
    });
  }

  /** Runs the example in a shell, against the service and with its ids; a status of failure is one. */
  const call = async (command: string): Promise<Record<string, unknown>> => {
    const api = new URL(await addressOf(service, 'api')).host;
    const monitor = new URL(await addressOf(service, 'monitor')).host;
    let here = command.replace(/(localhost|127\.0\.0\.1):8080/, api);
    here = here.replace(/(localhost|127\.0\.0\.1):8081/, monitor);
    for (const [shown, given] of ids) here = here.replaceAll(shown, given);
    const { stdout } = await execute('sh', ['-c', `${here} -sS --fail-with-body`]);
    return /^\{/.test(stdout) ? z.record(z.string(), z.unknown()).parse(JSON.parse(stdout)) : {};
  };

  it('are there', () => {
    expect(EXAMPLES.map(({ place }) => place.split(':')[0])).to.include.members(['README.md', 'docs/run.md']);
  });
});

/** Those of its blocks, each with the JSON right behind it, and those in its text, in the order of the page. */
function examplesOf(page: string): Example[] {
  const blocks = BLOCKS.filter((block) => block.page === page);
  const inBlocks = blocks.flatMap((block, at) => curlsOf(block, blocks[at + 1]));
  const text = readPage(page).replace(/^```.*?^```$/gms, '');
  const inText = [...text.matchAll(/`(curl [^`]+)`/g)].map(([, command = '']) => ({
    place: `${page}, ${command}`,
    command,
    shown: null,
  }));
  return [...inBlocks, ...inText];
}

function curlsOf(block: Block, next: Block | undefined): Example[] {
  if (block.language !== 'sh') return [];
  const commands = commandsOf(block.code).filter(({ program }) => program === 'curl');
  const isShown = next?.language === 'json' && next.line - block.line === block.code.split('\n').length + 2;
  return commands.map(({ text }, at) => ({
    place: `${placeOf(block)}, ${text}`.slice(0, 90),
    command: text,
    shown:
      isShown && at === commands.length - 1
        ? z.record(z.string(), z.unknown()).parse(JSON.parse(next.code))
        : null,
  }));
}
