import { ApiaryError } from '../../errors.ts';
import { changesQueue, type QueueRights, seesQueue } from '../../monitor-rights.ts';

/**
 * What a call takes: `look` and `change` a right to the queue that is its first argument; `free` none; `whole` a right
 * to all queues; `own` has a version of its own that keeps to the rights. Of the last two it is said which change
 * something.
 */
export type CallRule = 'look' | 'change' | 'free' | 'whole' | 'change-whole' | 'own' | 'change-own';

/** The rule of each member, so that a new one without a rule does not compile. */
export type Rules<Whole> = { readonly [Name in keyof Whole]: CallRule };

/** What is narrowed, and by what. */
export interface Narrowing<Whole extends object> {
  rights: QueueRights;
  /** Shows all of jobs: for queues that may be changed. */
  open: Whole;
  /** Shows nothing of what is private of encrypted jobs: for all others. */
  closed: Whole;
  rules: Rules<Whole>;
  own?: Partial<Whole>;
}

/**
 * Makes what is used like the object, and keeps to the queues of some rights. A call that these forbid rejects with
 * NOT_ALLOWED, and so does one that no rule knows.
 */
export function narrowed<Whole extends object>(narrowing: Narrowing<Whole>): Whole {
  const { open, rules, own = {} } = narrowing;
  return new Proxy(open, {
    get: (_open, name): unknown => {
      if (typeof name === 'symbol' || !Object.hasOwn(rules, name)) return undefined;
      if (Object.hasOwn(own, name)) return Reflect.get(own, name);
      const rule: unknown = Reflect.get(rules, name);
      if (rule === 'free') return freely(open, name);
      return async (...given: unknown[]) => call(targetOf(narrowing, rule, String(given[0])), name, given);
    },
    set: () => false,
  });
}

/** Throws NOT_ALLOWED unless a queue is seen; it does not say whether there is one. */
export function requireSeen(rights: QueueRights, queue: string): void {
  if (!seesQueue(rights, queue))
    throw forbidden(
      'that queue is none of those that you may look at; whoever keeps the users can say which',
    );
}

/** Throws NOT_ALLOWED unless a queue may be changed. */
export function requireChanged(rights: QueueRights, queue: string): void {
  requireSeen(rights, queue);
  if (!changesQueue(rights, queue))
    throw forbidden(`you may look at queue ${queue} but not change anything there`);
}

/** What is said to who may not do something that is about all queues. */
export function forbiddenWhole(): ApiaryError {
  return forbidden('that is about all queues, and only for who may see and change them all');
}

function forbidden(message: string): ApiaryError {
  return new ApiaryError('NOT_ALLOWED', message);
}

function targetOf<Whole extends object>(
  { rights, open, closed }: Narrowing<Whole>,
  rule: unknown,
  queue: string,
): Whole {
  if (rule !== 'look' && rule !== 'change') throw forbiddenWhole();
  if (rule === 'change') requireChanged(rights, queue);
  else requireSeen(rights, queue);
  return changesQueue(rights, queue) ? open : closed;
}

function freely(target: object, name: string): unknown {
  const value: unknown = Reflect.get(target, name);
  return typeof value === 'function' ? (...given: unknown[]) => call(target, name, given) : value;
}

function call(target: object, name: string, given: unknown[]): unknown {
  const method: unknown = Reflect.get(target, name);
  if (typeof method !== 'function') throw forbiddenWhole();
  return Reflect.apply(method, target, given);
}
