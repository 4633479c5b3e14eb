import type { Request, Response } from 'express';
import {
  ALL_QUEUES,
  changesQueue,
  EVERYBODY,
  isNarrow,
  type MonitorRole,
  type QueueRights,
  rightsOn,
} from '../../monitor-rights.ts';
import { OWN_SOURCE } from '../../source-names.ts';

/** A Redis server that the monitor shows. */
export interface ListedSource {
  name: string;
  /** Whether it is the one of the process itself, whose addresses have nothing before them. */
  isOwn: boolean;
  /** Whether nobody may change anything there. */
  readOnly: boolean;
}

/** Which of several Redis servers a page is of. */
export interface ShownSource {
  name: string;
  /** What stands before each of its addresses; '' for our own. */
  base: string;
  all: readonly ListedSource[];
}

/** Who looks at a page, at what time, and what they may do. */
export interface Visit {
  /** Null where the monitor asks for no user. */
  user: string | null;
  /** False for viewers and where nothing may be changed: then a page has no buttons. */
  canChange: boolean;
  /** The queues of whoever may see, or change, some only; left out for all others. */
  rights?: QueueRights;
  /** Whether they have a session that can be ended; default false. */
  canSignOut?: boolean;
  /** Left out where there is one Redis server only. */
  source?: ShownSource;
  /** Epoch ms. */
  now: number;
}

const rolesOfAnswers = new WeakMap<Response, MonitorRole>();

/** Takes note of what they are whom this response is for. */
export function noteRole(res: Response, { role, rights, servers }: MonitorRole): void {
  // Of a user of the settings there is more, which is nobody's here.
  rolesOfAnswers.set(res, { role, ...(rights && { rights }), ...(servers && { servers }) });
}

/** What they are whom this response is for; {@link EVERYBODY} where the monitor asks for no user. */
export function roleNoted(res: Response): MonitorRole {
  return rolesOfAnswers.get(res) ?? EVERYBODY;
}

/** What may be done by whom this response is for, on the Redis server that it is about. */
export function rightsOf(res: Response): QueueRights {
  return rightsOn(roleNoted(res), sourceOf(res)?.name ?? OWN_SOURCE);
}

const sourcesOfAnswers = new WeakMap<Response, ShownSource>();

/** Takes note of which of several Redis servers this response is about. */
export function noteSource(res: Response, source: ShownSource): void {
  sourcesOfAnswers.set(res, source);
}

/** Which of several Redis servers this response is about; undefined where there is one only. */
export function sourceOf(res: Response): ShownSource | undefined {
  return sourcesOfAnswers.get(res);
}

/** What stands before each address of the Redis server that this response is about. */
export function baseOf(res: Response): string {
  return sourceOf(res)?.base ?? '';
}

/** Reads it off a request that was let in; `now` is epoch ms. */
export function visitOf({ res }: Request, now: number): Visit {
  const rights = res ? rightsOf(res) : ALL_QUEUES;
  const source = res && sourceOf(res);
  return {
    user: res ? userOf(res) : null,
    canChange: res?.locals['canChange'] !== false,
    ...(isNarrow(rights) && { rights }),
    ...(res?.locals['canSignOut'] === true && { canSignOut: true }),
    ...(source && { source }),
    now,
  };
}

/** Whether a page has buttons for what is in a queue. */
export function canChangeIn({ canChange, rights = ALL_QUEUES }: Visit, queue: string): boolean {
  return canChange && changesQueue(rights, queue);
}

/** Whether a page has buttons for what is of no queue, such as a worker. */
export function canChangeAll({ canChange, rights }: Visit): boolean {
  return canChange && rights === undefined;
}

/** Whether who makes a request may see what is private of some queues. */
export function seesAll({ res }: Request, queues: readonly string[]): boolean {
  if (!res) return true;
  const rights = rightsOf(res);
  if (isNarrow(rights)) return queues.length > 0 && queues.every((queue) => changesQueue(rights, queue));
  return res.locals['seesAll'] !== false;
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
