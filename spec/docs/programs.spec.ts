import { execFile, execFileSync } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { addressOf } from '../package/service.ts';
import { type ApiaryProcess, startApiary } from '../support/process.ts';
import { moduleUrl } from '../support/program.ts';
import { type SpecRedis, startRedis } from '../support/redis.ts';
import { BLOCKS } from './blocks.ts';

const execute = promisify(execFile);
const PAGE = 'docs/other-languages.md';

/** How the programs of a language are run, and what says whether this machine can. */
const RUNTIMES = {
  bash: { file: 'mail.sh', command: ['sh'], version: ['curl', '--version'] },
  python: { file: 'mail.py', command: ['python3'], version: ['python3', '--version'] },
  go: { file: 'mail.go', command: ['go', 'run'], version: ['go', 'version'] },
} as const;

describe('the programs in other languages', function () {
  this.timeout(120_000);
  let folder: string;
  let redis: SpecRedis;
  let service: ApiaryProcess;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'apiary-programs-'));
    redis = await startRedis({ appendOnly: false });
    service = await startApiary(['--api', '--worker'], {
      API_PORT: '0',
      API_KEYS: 'programs:a-secret-of-programs',
      REDIS_URL: redis.url,
      WORKER_HANDLERS: fileURLToPath(moduleUrl('spec/docs/handlers/mail.ts')),
      WORKER_QUEUES: 'mail=1',
    });
  });
  after(async () => {
    await service.stop();
    await redis.stop();
    await rm(folder, { recursive: true, force: true });
  });

  for (const [language, { file, command, version }] of Object.entries(RUNTIMES)) {
    it(`add, wait, are refused and repair in ${language}`, async function () {
      if (!runs(version)) this.skip();
      const path = join(folder, file);
      await writeFile(path, programIn(language, file));
      await chmod(path, 0o700);

      const [runtime, ...args] = command;
      const { stdout } = await execute(runtime, [...args, path], {
        env: {
          ...process.env,
          APIARY_URL: await addressOf(service, 'api'),
          APIARY_KEY: 'a-secret-of-programs',
          GOCACHE: join(folder, 'go'),
        },
      });

      const told = stdout.replaceAll("'", '"');
      expect(told).to.match(/"id": ?"order-17-\w+".*"created": ?true/i);
      expect(told).to.match(/"result": ?"sent to ada@example.com"/);
      expect(told).to.match(/"path": ?"data.to"/);
      expect(told).to.match(/"matched": ?0/);
    });
  }
});

function runs([command, ...args]: readonly [string, ...string[]]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function programIn(language: string, file: string): string {
  const block = BLOCKS.find((one) => one.page === PAGE && one.language === language);
  if (!block?.code.includes(file)) throw new Error(`${PAGE} has no program ${file}`);
  return block.code;
}
