import { isName } from './names.ts';

/** What a call of the API does, and a key may do: add jobs, look at what there is, or change it. */
export const API_SCOPES = ['add', 'read', 'operate'] as const;

/** One of {@link API_SCOPES}. */
export type ApiScope = (typeof API_SCOPES)[number];

/** What a key may do, and in which queues. */
export interface KeyRights {
  readonly scopes: readonly ApiScope[];
  /** Names of queues; one that ends with `*` stands for all that begin as it does. */
  readonly queues: readonly string[];
}

/** Those of a key of which nothing else is said. */
export const ALL_RIGHTS: KeyRights = { scopes: API_SCOPES, queues: ['*'] };

const BETWEEN = '+';
const ANY_END = '*';

/** Whether a queue is among those of the rights. */
export function coversQueue({ queues }: Pick<KeyRights, 'queues'>, queue: string): boolean {
  return queues.some((one) => (one.endsWith(ANY_END) ? queue.startsWith(one.slice(0, -1)) : one === queue));
}

/** Whether all queues are, whatever they are called. */
export function coversAll({ queues }: Pick<KeyRights, 'queues'>): boolean {
  return queues.includes(ANY_END);
}

/**
 * Reads rights as settings have them, `add+read` and `mail+shop-*`; what is left out is all. Undefined for what is
 * neither.
 */
export function parseRights(scopesText = '', queuesText = ''): KeyRights | undefined {
  const scopes = scopesText === '' ? ALL_RIGHTS.scopes : scopesText.split(BETWEEN);
  const queues = queuesText === '' ? ALL_RIGHTS.queues : queuesText.split(BETWEEN);
  if (!scopes.every(isScope) || !queues.every(isQueuePattern)) return undefined;
  return { scopes: [...new Set(scopes)], queues: [...new Set(queues)] };
}

function isScope(text: string): text is ApiScope {
  return API_SCOPES.some((scope) => scope === text);
}

function isQueuePattern(text: string): boolean {
  const start = text.endsWith(ANY_END) ? text.slice(0, -1) : text;
  return text === ANY_END || (isName(start) && !start.includes(ANY_END));
}
