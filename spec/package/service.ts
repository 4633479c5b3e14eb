import { expect } from 'chai';
import { z } from 'zod';
import { readPage } from '../support/pages.ts';
import type { SpecProcess } from '../support/process.ts';
import { until } from '../support/wait.ts';

/** The module that the README shows as `handlers/email.ts`. */
export const README_HANDLER = blockOf('README.md', 'handlers/email.ts');

/** A handler in CommonJS, whose jobs end with `Hello <name>`. */
export const GREETER = `
const { defineJob, handle } = require('apiary-jobs');
const { z } = require('zod');
const Greet = defineJob({ type: 'greet', schema: z.object({ name: z.string() }) });
module.exports = handle(Greet, ({ name }) => \`Hello \${name}\`);
`;

/** What lets a service run beside others, with the handlers above. */
export const SERVICE_ENV = {
  API_PORT: '0',
  MONITOR_PORT: '0',
  WORKER_HANDLERS: 'handlers',
  WORKER_QUEUES: 'default=1,webhooks=1,mail=3',
};

const Answer = z.object({ id: z.string(), queue: z.string(), state: z.string() });
const Problem = z.object({ errors: z.array(z.object({ path: z.string() })) });

/** Asks a service that runs both handlers: it checks the data of the one and ends a job of the other. */
export async function expectBothHandlers(service: SpecProcess): Promise<void> {
  const api = await addressOf(service, 'api');
  const add = (body: object) =>
    fetch(`${api}/v1/jobs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const refused = await add({ type: 'email.send', data: { to: 'nobody', subject: 'Hi' } });
  expect(refused.status).to.equal(422);
  expect(Problem.parse(await refused.json()).errors[0]?.path).to.include('to');

  const data = { to: 'ada@example.com', subject: 'Hi' };
  const later = await add({ type: 'email.send', data, options: { delayMs: 3_600_000 } });
  expect(Answer.parse(await later.json())).to.include({ queue: 'mail', state: 'delayed' });

  const { id, queue } = Answer.parse(await (await add({ type: 'greet', data: { name: 'Ada' } })).json());
  const job = async () => (await fetch(`${api}/v1/queues/${queue}/jobs/${id}`)).json();
  const Ended = z.looseObject({ state: z.literal('succeeded'), result: z.literal('Hello Ada') });
  await until(async () => Ended.safeParse(await job()).success, 'the job of the CommonJS handler succeeds');
}

/** Where a role of a service listens, once it does. */
export async function addressOf(service: SpecProcess, role: 'api' | 'monitor'): Promise<string> {
  const line = await service.waitForLine(new RegExp(`${role} .*listening|"component":"${role}".*listening`));
  const [url] = /http:\/\/[\d.]+:\d+/.exec(line) ?? [];
  if (url === undefined) throw new Error(`no address in ${line}`);
  return url;
}

/** The block of code that a page shows under the name of a file. */
export function blockOf(page: string, file: string): string {
  const text = readPage(page);
  const title = text.indexOf(`\`${file}\``);
  const [, block = ''] = /```\w+\n(.*?)^```$/ms.exec(text.slice(title)) ?? [];
  if (title < 0 || block === '') throw new Error(`${page} shows no ${file}`);
  return block;
}
