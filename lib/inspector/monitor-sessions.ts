import {
  endSession,
  endSessionsOf,
  type SessionsDeps,
  type StoredSession,
  useSession,
  writeSession,
} from '../engine/queries/sessions.ts';
import { tellCallers } from '../engine/tell-callers.ts';

export type { StoredSession } from '../engine/queries/sessions.ts';

/** By whom a session must be vouched for, and how long it lasts unused. */
export interface SessionUse {
  /** The provider. */
  issuer: string;
  idleMs: number;
  /** Epoch ms. */
  now: number;
}

/** The sessions of those who have signed in to the monitor by a provider: in Redis, so that all monitors know them. */
export class MonitorSessions {
  readonly #deps: SessionsDeps;

  constructor(deps: SessionsDeps) {
    this.#deps = deps;
    tellCallers(deps.client, this);
  }

  /** Begins one under a secret that nobody else knows. */
  begin(
    secret: string,
    { session, ...use }: SessionUse & { session: Omit<StoredSession, 'issuer'> },
  ): Promise<void> {
    return writeSession(this.#deps, secret, { ...use, session: { issuer: use.issuer, ...session } });
  }

  /** Reads one, which counts as used; null where there is none, or it has ended. */
  use(secret: string, use: SessionUse): Promise<StoredSession | null> {
    return useSession(this.#deps, secret, use);
  }

  /** Ends one. */
  end(secret: string): Promise<void> {
    return endSession(this.#deps, secret);
  }

  /** Ends all of somebody; resolves with how many there were. */
  endAll(subject: string): Promise<number> {
    return endSessionsOf(this.#deps, subject);
  }
}
