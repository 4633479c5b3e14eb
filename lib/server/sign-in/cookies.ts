import type { Request, Response } from 'express';

/** How cookies are set: `isSecure` where the monitor is reached by https. */
export interface CookieRule {
  isSecure: boolean;
}

/** A cookie of ours: what it is called, and how long a browser keeps it; null for as long as it is open. */
export interface OwnCookie {
  name: string;
  maxAgeMs: number | null;
}

/** Reads one; null where there is none. */
export function readCookie(req: Request, { name }: OwnCookie, rule: CookieRule): string | null {
  const wanted = `${nameOf(name, rule)}=`;
  const pairs = (req.headers.cookie ?? '').split(';').map((pair) => pair.trim());
  return pairs.find((pair) => pair.startsWith(wanted))?.slice(wanted.length) ?? null;
}

/** Sets one: no script reads it, and no other site has it sent along with a change. */
export function setCookie(
  res: Response,
  { name, maxAgeMs }: OwnCookie,
  value: string,
  rule: CookieRule,
): void {
  const maxAge = maxAgeMs === null ? {} : { maxAge: maxAgeMs };
  res.cookie(nameOf(name, rule), value, { ...attributes(rule), ...maxAge });
}

/** Has the browser forget one. */
export function clearCookie(res: Response, { name }: OwnCookie, rule: CookieRule): void {
  res.clearCookie(nameOf(name, rule), attributes(rule));
}

function attributes({ isSecure }: CookieRule) {
  return { httpOnly: true, sameSite: 'lax', secure: isSecure, path: '/' } as const;
}

/** By that start of its name a browser takes it from this very host alone, over https. */
function nameOf(name: string, { isSecure }: CookieRule): string {
  return isSecure ? `__Host-${name}` : name;
}
