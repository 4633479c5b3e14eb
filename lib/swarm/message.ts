import type { ErrorCode } from '../errors.ts';

/** What a parent may ask a worker process for. */
export const ASKED = ['readiness', 'metrics'] as const;

/** One of {@link ASKED}. */
export type Asked = (typeof ASKED)[number];

/** What a parent tells a worker process. */
export type FromParent =
  /** What it is to be, before all else. */
  | { kind: 'start'; orders: unknown }
  /** Take no more jobs, for good. */
  | { kind: 'quiet' }
  /** Take no more jobs, and end when none runs any more, however long that takes. */
  | { kind: 'retire' }
  /** End in order, as a service ends. */
  | { kind: 'stop' }
  | { kind: 'ask'; id: number; what: Asked };

/** What a worker process tells its parent. */
export type FromChild =
  /** It runs jobs from now on. */
  | { kind: 'ready' }
  /** It cannot be started as asked, and ends. */
  | { kind: 'failed'; code: ErrorCode; message: string }
  /** It has grown past the memory that it may have. */
  | { kind: 'outgrown'; rssMb: number }
  /** A job has left an error there that nobody handled: nobody knows what else it has left. */
  | { kind: 'spoiled' }
  | { kind: 'answer'; id: number; value: unknown }
  /** The last of its metrics: it ends now. */
  | { kind: 'leaving'; metrics: unknown };

/** What one end of the channel sends the other. */
export type Message = FromParent | FromChild;

/** Handlers may send their parent anything as well, and listen: what is ours has this about it. */
const MARK = 'apiary-swarm';

/** A message as it goes through the channel. */
export interface Sent<M extends Message> {
  mark: typeof MARK;
  message: M;
}

/** Makes a message ready to be sent. */
export function toSent<M extends Message>(message: M): Sent<M> {
  return { mark: MARK, message };
}

/** Whether it is a message of ours from a parent. */
export function isFromParent(sent: unknown): sent is Sent<FromParent> {
  return isOurs(sent);
}

/** Whether it is a message of ours from a worker process. */
export function isFromChild(sent: unknown): sent is Sent<FromChild> {
  return isOurs(sent);
}

/** Both ends are of one version, and what has the mark has been made by {@link toSent}. */
function isOurs(sent: unknown): boolean {
  return typeof sent === 'object' && sent !== null && 'mark' in sent && sent.mark === MARK;
}
