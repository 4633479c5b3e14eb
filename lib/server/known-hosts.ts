import { isIP } from 'node:net';
import type { RequestHandler } from 'express';
import type { AnswerProblem } from './answer-errors.ts';
import { httpProblem } from './problem.ts';

/** What `allowed` holds to let every name pass. */
export const ANY_HOST = '*';

/**
 * Lets a request pass only when it was addressed to this server: by `localhost`, an IP address, or a name that is
 * allowed. A page from elsewhere whose own name was made to lead here would else count as one of ours, and do what it
 * likes (DNS rebinding). A name `*.example.com` allows all below example.com, `*` alone allows any. Answers 403 that
 * says which variable allows other names.
 */
export function requireKnownHost(allowed: readonly string[], answer: AnswerProblem): RequestHandler {
  const names = allowed.map((name) => name.toLowerCase());
  return (req, res, next) => {
    const name = hostnameOf(req.headers.host ?? '');
    if (name !== null && isKnown(name, names)) return next();
    const called = name === null ? 'without a host name' : `as ${JSON.stringify(name)}`;
    const detail = `this server is not known ${called}; it answers to localhost, IP addresses and what ALLOWED_HOSTS names`;
    answer(req, res, httpProblem(403, detail));
  };
}

function isKnown(name: string, allowed: readonly string[]): boolean {
  if (isIP(name) !== 0 || name === 'localhost' || name.endsWith('.localhost')) return true;
  return allowed.some((one) => {
    if (one === ANY_HOST) return true;
    return one.startsWith('*.') ? name.endsWith(one.slice(1)) : name === one;
  });
}

/** The name or address in a Host header, in small letters and without port, brackets and the dot of the root. */
function hostnameOf(host: string): string | null {
  // No more than a name and a port may stand there; a URL reads user, path and query into the same text.
  if (!/^[^\s/?#@\\]+$/.test(host) || !URL.canParse(`http://${host}`)) return null;
  const { hostname } = new URL(`http://${host}`);
  return hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
}
