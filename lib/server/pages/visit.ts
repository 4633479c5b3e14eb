import type { Request, Response } from 'express';

/** Who looks at a page, at what time, and what they may do. */
export interface Visit {
  /** Null where the monitor asks for no user. */
  user: string | null;
  /** False for viewers and where nothing may be changed: then a page has no buttons. */
  canChange: boolean;
  /** Epoch ms. */
  now: number;
}

/** Reads it off a request that was let in; `now` is epoch ms. */
export function visitOf({ res }: Request, now: number): Visit {
  return {
    user: res ? userOf(res) : null,
    canChange: res?.locals['canChange'] !== false,
    now,
  };
}

/** Whether who makes a request may see what is private. */
export function seesAll({ res }: Request): boolean {
  return res?.locals['seesAll'] !== false;
}

/** The name under which a change is done. */
export function actorOf(res: Response): string {
  return userOf(res) ?? 'monitor';
}

/** The name of the user; null where the monitor asks for none. */
export function userOf(res: Response): string | null {
  const user: unknown = res.locals['user'];
  return typeof user === 'string' ? user : null;
}
