import { accessSync, constants } from 'node:fs';
import { type Browser, chromium, type Page, type Request } from 'playwright-core';
import { patiently } from './wait.ts';

/** A page of a real browser, and everything that went wrong on it so far. */
export interface WatchedPage {
  readonly page: Page;
  /** Errors on the console, errors nobody caught, requests that failed or left this machine. */
  readonly troubles: string[];
  /** Leaves the page as if it were new; the next to open one of this browser gets the same. */
  leave(): Promise<void>;
}

/** Where the browser may be. The headless shell is Chromium without windows, and takes half of the CPU. */
const BINARIES = process.env['CHROMIUM_BIN']
  ? [process.env['CHROMIUM_BIN']]
  : ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium'];
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** So long may the browser take for its start, and for each thing that it is asked for. */
const LIMIT_MS = 30_000;

/** Starts the browser, with further arguments; null, with the reason on the console, where there is none. */
export async function launchBrowser(more: readonly string[] = []): Promise<Browser | null> {
  const executablePath = BINARIES.find(isProgram);
  if (executablePath)
    return chromium.launch({ executablePath, args: [...ARGUMENTS, ...more], timeout: patiently(LIMIT_MS) });
  console.log(`    no browser at ${BINARIES.join(' or ')}: set CHROMIUM_BIN to one to run these specs`);
  return null;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The page of each browser: to open another costs more than what most specs do with it. */
const pages = new WeakMap<Browser, Page>();
const BLANK = 'about:blank';
const VIEWPORT = { width: 1_280, height: 720 };

/** Opens a page that says yes to every question and notes every trouble. A browser has one of these at a time. */
export async function openPage(browser: Browser): Promise<WatchedPage> {
  const page = pages.get(browser) ?? (await browser.newPage({ viewport: VIEWPORT }));
  page.setDefaultTimeout(patiently(LIMIT_MS));
  pages.set(browser, page);
  return { page, troubles: troublesOf(page), leave: () => leave(page) };
}

async function leave(page: Page): Promise<void> {
  page.removeAllListeners();
  await page.unrouteAll({ behavior: 'ignoreErrors' });
  await goBlank(page);
  await page.context().clearCookies();
  await page.setExtraHTTPHeaders({});
  await page.setViewportSize(VIEWPORT);
  await page.emulateMedia({ media: null, colorScheme: null, reducedMotion: null });
}

/**
 * Leaves what is shown by the page itself: where the browser is told to leave it starts a process for the empty page, and
 * another for the next, which costs it more than what a spec looks at.
 */
async function goBlank(page: Page): Promise<void> {
  if (page.url() === BLANK) return;
  const leaves = `void setTimeout(() => location.replace('${BLANK}'))`;
  await Promise.all([page.waitForURL(BLANK), page.evaluate(leaves)]);
}

/** From now on says yes to every question of a page, and notes every trouble in the list. */
function troublesOf(page: Page): string[] {
  const troubles: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') troubles.push(message.text());
  });
  page.on('pageerror', (error) => troubles.push(String(error)));
  const answered = new Set<Request>();
  page.on('response', (response) => {
    if (response.status() < 400) answered.add(response.request());
    else troubles.push(`${response.status()} ${response.url()}`);
  });
  page.on('requestfailed', (request) => {
    // A page that reloads on an answer ends the request that brought it, which then counts as aborted.
    // What a page has made itself, such as the script of a worker, ends with the page when that is left.
    const isOwn = request.url().startsWith('blob:') && request.failure()?.errorText === 'net::ERR_ABORTED';
    // What follows a page ends with it, whether or not it had begun.
    const isFollowing = request.resourceType() === 'eventsource';
    if (!answered.has(request) && !isOwn && !isFollowing)
      troubles.push(`${request.url()}: ${request.failure()?.errorText ?? 'failed'}`);
  });
  page.on('request', (request) => {
    const { hostname, protocol } = new URL(request.url());
    const isLocal = hostname === '127.0.0.1' || protocol === 'data:' || protocol === 'blob:';
    if (!isLocal) troubles.push(`a request left this machine: ${request.url()}`);
  });
  page.on(
    'dialog',
    (dialog) => void dialog.accept().catch(() => troubles.push('a dialog could not be closed')),
  );
  return troubles;
}
