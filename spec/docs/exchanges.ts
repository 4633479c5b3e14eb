import { z } from 'zod';
import type { Block } from './blocks.ts';

/** A call of HTTP that a page shows, with the answer to it. */
export interface Exchange {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: unknown;
  /** Null where the page shows none. */
  status: number | null;
  /** Null where the page shows none, or leaves a part of it out as `…`. */
  answer: Record<string, unknown> | null;
}

const REQUEST = /^(GET|POST|PUT|PATCH|DELETE) +(\S+)(?: +(\d{3}) (.*))?$/;
const answerSchema = z.record(z.string(), z.unknown());

/** The exchanges of a block: one in several paragraphs, or many with a line each. */
export function exchangesOf({ code }: Block): Exchange[] {
  const [request = '', response = ''] = code.trim().split('\n\n');
  if (response === '') return request.split('\n').map(lineExchange);
  const [, status = ''] = /^(\d{3})/.exec(response) ?? [];
  const [first = '', ...rest] = request.split('\n');
  return [{ ...lineExchange(first), ...requestOf(rest), status: Number(status), answer: answerOf(response) }];
}

function lineExchange(line: string): Exchange {
  const [, method = '', path = '', status, body = ''] = REQUEST.exec(line) ?? [];
  if (method === '') throw new Error(`no call begins with ${line}`);
  return {
    method,
    path,
    headers: {},
    body: undefined,
    status: status ? Number(status) : null,
    answer: answerOf(body),
  };
}

function requestOf(lines: readonly string[]): Pick<Exchange, 'headers' | 'body'> {
  const at = lines.findIndex((line) => line.startsWith('{'));
  const headers = at === -1 ? lines : lines.slice(0, at);
  return {
    headers: Object.fromEntries(headers.map((line) => line.split(': '))),
    body: at === -1 ? undefined : JSON.parse(lines.slice(at).join('\n')),
  };
}

function answerOf(text: string): Exchange['answer'] {
  const at = text.indexOf('{');
  return at === -1 || text.includes('…') ? null : answerSchema.parse(JSON.parse(text.slice(at)));
}

/** How an answer differs from the one that a page shows: in fields, in what is yes or no, and in what is said of errors. */
export function differences(shown: unknown, given: unknown, path = ''): string[] {
  if (Array.isArray(shown) && Array.isArray(given)) {
    return shown.flatMap((one, at) => differences(one, given[at], `${path}[${at}]`));
  }
  if (isObject(shown) && isObject(given)) {
    const names = [...new Set([...Object.keys(shown), ...Object.keys(given)])];
    return names.flatMap((name) => {
      const at = `${path}.${name}`;
      if (!(name in shown)) return [`the page does not show ${at}`];
      return name in given ? differences(shown[name], given[name], at) : [`there is no ${at}`];
    });
  }
  const isExact = typeof shown === 'boolean' || /\.(type|title|detail|message)$/.test(path);
  return isExact && shown !== given ? [`${path} is ${String(given)}, and not ${String(shown)}`] : [];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
