import type { SpecMonitor } from './monitor.ts';
import { pageText } from './page-text.ts';

/** A page of the monitor as it was sent, and as a reader sees it. */
export interface ReadPage {
  status: number;
  html: string;
  text: string;
}

/** Fetches a page as a browser does, without running its scripts. */
export async function readPage(monitor: Pick<SpecMonitor, 'fetch'>, path: string): Promise<ReadPage> {
  const response = await monitor.fetch(path, { headers: { Accept: 'text/html' } });
  const html = await response.text();
  return { status: response.status, html, text: pageText(html) };
}
