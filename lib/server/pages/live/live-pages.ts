import type { Request, Response } from 'express';
import type { Clock } from '../../../clock.ts';
import { beginEvents, EVENT_STREAM_TYPE } from '../../begin-events.ts';
import { goneSignal } from '../../gone-signal.ts';
import { HeldRequests } from '../../held-requests.ts';
import { toProblem } from '../../problem.ts';
import { LiveFollower } from './live-follower.ts';
import type { FreshPage } from './live-message.ts';
import { LivePage } from './live-page.ts';

/** What following pages works with. */
export interface LivePagesDeps {
  clock: Clock;
  /** Aborted when the server closes: it ends them all. */
  closing?: AbortSignal | undefined;
  /** How many follow at a time, over all pages; default 200. */
  most?: number;
  /** So long a page rests after a look, at least; default two seconds. */
  restMs?: number;
}

const MOST = 200;
const REST_MS = 2_000;
/** With many pages at once each is read less often: ten looks a second in all, and each rests nine times its look. */
const PER_PAGE_MS = 100;
const REST_PER_LOOK = 9;
/** So long one answer goes on; then the browser asks anew, and whether it may is looked at anew. */
const LIFE_MS = 60_000;
/** A browser that lost the connection comes back after so long. */
const RETRY_MS = 1_000;

/**
 * Pages that are sent again and again to those who follow them, as server-sent events at the address of the page. What
 * many follow is read once for all who may see the same.
 */
export class LivePages {
  readonly #deps: LivePagesDeps;
  readonly #held: HeldRequests;
  readonly #pages = new Map<string, LivePage>();

  constructor(deps: LivePagesDeps) {
    this.#deps = deps;
    const { most = MOST, closing } = deps;
    this.#held = new HeldRequests({ most, what: 'follow a page', closing });
  }

  /** Whether a request is to follow its page. */
  isFollowing(req: Request): boolean {
    return (req.method === 'GET' || req.method === 'HEAD') && req.get('accept') === EVENT_STREAM_TYPE;
  }

  /** How many pages are followed now. */
  get size(): number {
    return this.#pages.size;
  }

  /** Sends a page for as long as the reader takes it in, a minute at most. Throws TOO_MANY_HELD when too many do. */
  async follow(req: Request, res: Response, look: () => Promise<FreshPage>): Promise<void> {
    const { clock } = this.#deps;
    await this.#held.hold(goneSignal(res), async (over) => {
      beginEvents(res);
      if (req.method !== 'HEAD') {
        res.write(`retry: ${RETRY_MS}\n\n`);
        const leave = this.#join(keyOf(req, res), new LiveFollower(res, clock), look);
        // They are not to come back all at once.
        await clock.sleep(LIFE_MS * (0.8 + 0.2 * clock.random()), over);
        leave();
      }
      res.end();
    });
  }

  #join(key: string, follower: LiveFollower, look: () => Promise<FreshPage>): () => void {
    const page = this.#pages.get(key) ?? this.#open(look);
    this.#pages.set(key, page);
    page.join(follower);
    return () => {
      if (!page.leave(follower)) this.#pages.delete(key);
    };
  }

  #open(look: () => Promise<FreshPage>): LivePage {
    const { clock, restMs = REST_MS } = this.#deps;
    const pauseMs = (tookMs: number): number =>
      Math.max(restMs, tookMs * REST_PER_LOOK, this.#pages.size * PER_PAGE_MS);
    const reasonOf = (error: unknown): string => toProblem(error).detail;
    return new LivePage({ clock, look, pauseMs, reasonOf });
  }
}

/** The address, and all that was found out of who asks but for their name: what they see hangs on nothing else. */
function keyOf({ originalUrl }: Request, { locals }: Response): string {
  const { nonce: _nonce, user: _user, ...rights } = locals;
  return `${originalUrl} ${JSON.stringify(rights)}`;
}
