import { Readable } from 'node:stream';
import type { Terminal } from '../../lib/cli/terminal.ts';
import { redisUrl } from './redis.ts';

/** What a command came to. */
export interface Ran {
  code: number;
  out: string;
  err: string;
}

/** Where a command is run; by default its output goes to a pipe, nobody sits there, and Redis is that of the specs. */
export interface Place {
  env?: Record<string, string>;
  folder?: string;
  /** What comes on standard input. */
  input?: string;
  columns?: number;
  /** What somebody answers to a question. */
  answer?: string;
}

/** Runs `apiary` with these words, in this process. */
export async function apiary(words: readonly string[], place: Place = {}): Promise<Ran> {
  const { env = { REDIS_URL: redisUrl() }, folder = '/nowhere', input = '', columns = null, answer } = place;
  const ran: Ran = { code: -1, out: '', err: '' };
  const terminal: Terminal = {
    env: { NODE_ENV: 'production', ...env },
    folder,
    stdin: Readable.from([input]),
    columns,
    isWatched: columns !== null,
    out: async (text) => {
      ran.out += text;
    },
    err: (text) => {
      ran.err += text;
    },
    endWhenUnread: () => {},
    end: () => {},
    hasScreen: false,
    openScreen: () => Promise.reject(new Error('there is no screen')),
    ask: async (question) => {
      if (answer === undefined) return null;
      ran.err += question;
      return answer;
    },
  };
  // Imported as commands are, so that both are of one copy: mocha loads what stands at the top in another way.
  const { runCommandLine } = await import('../../lib/command-line.ts');
  ran.code = await runCommandLine(words, terminal);
  return ran;
}

/** Runs it likewise, and reads the JSON that it prints. */
export async function apiaryJson(words: readonly string[], place: Place = {}): Promise<unknown> {
  const { out, err } = await apiary([...words, '--json'], place);
  if (err !== '') throw new Error(err);
  return JSON.parse(out);
}
