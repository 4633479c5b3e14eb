/** What those who follow a page are told, written out once for all of them. */
export interface LiveMessage {
  /** Grows whenever what is shown has changed; null where nothing is shown. */
  version: number | null;
  /** The message with the page in it, and the one for those who have that version. */
  whole: string;
  tick: string;
}

/** A page as it was read anew. */
export interface FreshPage {
  /** When it was begun to be read, epoch ms. */
  at: number;
  /** What the page shows, and beside that the line that says of when it is. */
  body: string;
  foot: string;
}

/** Tells of a page what it shows now. */
export function freshMessage({ at, body, foot }: FreshPage, version: number): LiveMessage {
  const told = (html: string): string => `data: ${JSON.stringify({ at, html })}\n\n`;
  return { version, whole: told(body + foot), tick: told(foot) };
}

/** Tells that the page cannot be read now; what is shown stays. */
export function staleMessage(reason: string): LiveMessage {
  const text = `event: stale\ndata: ${JSON.stringify({ reason })}\n\n`;
  return { version: null, whole: text, tick: text };
}
