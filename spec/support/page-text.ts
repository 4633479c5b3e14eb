import type { SpecMonitor } from './monitor.ts';

/** A page of the monitor as it was sent, and what a reader sees of it. */
export interface ReadPage {
  status: number;
  html: string;
  /** Without tags, runs of space as one. */
  text: string;
}

/** Fetches a page as a browser does, without running its scripts. */
export async function readPage(monitor: Pick<SpecMonitor, 'fetch'>, path: string): Promise<ReadPage> {
  const response = await monitor.fetch(path, { headers: { Accept: 'text/html' } });
  const html = await response.text();
  return { status: response.status, html, text: textOf(html) };
}

function textOf(html: string): string {
  const [, body = html] = html.split('<main id="main" tabindex="-1">');
  return body
    .replace(/<[^>]*>/g, ' ')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&amp;/g, '&')
    .replace(/\s+/g, ' ');
}
