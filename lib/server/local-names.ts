import { isIP } from 'node:net';
import type { RequestHandler } from 'express';
import { httpProblem, sendProblem } from './problem.ts';

/**
 * Lets a request pass only when it was addressed to this machine by `localhost` or by an IP address. For a server that
 * asks nobody for a name: a page from elsewhere whose own name was made to lead here would count as one of ours, and do
 * what it likes (DNS rebinding). Answers 403 that says which variable allows other names.
 */
export function requireLocalName(variable: string): RequestHandler {
  const detail = `only localhost and IP addresses lead here; set users or keys, or ${variable}=off, to allow other names`;
  return (req, res, next) => {
    if (isLocalName(req.headers.host ?? '')) next();
    else sendProblem(res, httpProblem(403, detail));
  };
}

function isLocalName(host: string): boolean {
  if (!URL.canParse(`http://${host}`)) return false;
  const { hostname } = new URL(`http://${host}`);
  if (isIP(hostname.replace(/^\[(.*)\]$/, '$1')) !== 0) return true;
  return hostname === 'localhost' || hostname.endsWith('.localhost');
}
