import { z } from 'zod';
import { type Project, succeed } from './project.ts';

/** Tells which packages have a file loaded, as the debugger of Node hears of every file. */
const LISTEN = `
import { Session } from 'node:inspector';
const urls = [];
const session = new Session();
session.connect();
session.on('Debugger.scriptParsed', ({ params }) => urls.push(params.url));
session.post('Debugger.enable');
// debug loads it where somebody else has brought it.
const brought = ['supports-color', 'has-flag'];
const loaded = () => [...new Set(urls.flatMap((url) => /.*node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(url)?.[1] ?? []))].filter((name) => !brought.includes(name)).sort();
`;

/** What any process loads that has ioredis. */
export const OF_IOREDIS = [
  '@ioredis/commands',
  'cluster-key-slot',
  'debug',
  'denque',
  'ioredis',
  'ms',
  'redis-errors',
  'standard-as-callback',
];

/** Runs the text of a module in a process of its own; resolves with the names of the packages that it loaded. */
export async function packagesLoadedBy(
  project: Project,
  text: string,
  env: Record<string, string> = {},
): Promise<string[]> {
  await project.write('loading.mjs', `${LISTEN}\n${text}\nconsole.log(JSON.stringify(loaded()));\n`);
  return z
    .array(z.string())
    .parse(JSON.parse(await succeed(project, process.execPath, ['loading.mjs'], env)));
}
