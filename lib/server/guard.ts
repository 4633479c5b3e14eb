import type { RequestHandler } from 'express';
import { requireKnownHost } from './known-hosts.ts';
import { type OwnPagesRule, requireOwnPages } from './own-pages.ts';

/** What a server lets through before it asks who it is. */
export interface GuardRule extends OwnPagesRule {
  /** The names it is reached by, beside `localhost` and IP addresses. */
  allowedHosts: readonly string[];
}

/**
 * Makes the checks that every server has, whether or not it asks for credentials: that the request was meant for it,
 * and that no page of another site makes a change. Credentials are a third check, of each server's own kind; none of
 * the three stands in for another.
 */
export function requestGuard({ allowedHosts, ...rule }: GuardRule): RequestHandler[] {
  return [requireKnownHost(allowedHosts, rule.answer), requireOwnPages(rule)];
}
