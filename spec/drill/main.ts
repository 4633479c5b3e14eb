import { once } from 'node:events';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from '../support/browser.ts';
import { ROOT } from '../support/pages.ts';
import { startRedis } from '../support/redis.ts';
import { openDrill } from './drill-world.ts';
import { WALKS } from './walks.ts';

/**
 * Runs a shop after a bad deployment, to find out by the monitor what is wrong: `npm run drill`. With `-- --pictures` it
 * takes those of docs/drill.md instead and ends.
 */
const PORT = 8081;
const SIZE = { width: 1_100, height: 620 };

async function main(): Promise<void> {
  const redis = await startRedis();
  const takes = process.argv.includes('--pictures');
  try {
    const drill = await openDrill({ redis: redis.url, port: takes ? 0 : PORT });
    try {
      if (takes) await takePictures(drill.url);
      else await wait(drill.url);
    } finally {
      await drill.close();
    }
  } finally {
    await redis.stop();
  }
}

async function wait(url: string): Promise<void> {
  console.log(`A bad version of a shop is at work. Find out what is wrong: ${url}`);
  for (const { name, steps } of WALKS) {
    console.log(`  what is ${name}: ${steps.map(({ words }) => words).join(', then ')}`);
  }
  console.log('Ctrl+C ends it.');
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
}

async function takePictures(url: string): Promise<void> {
  const browser = await launchBrowser();
  if (!browser) throw new Error('there is no browser to take pictures with');
  try {
    for (const walk of WALKS) await takeWalk(browser, url, walk);
  } finally {
    await browser.close();
  }
}

/** Of each page behind a click, and of the first as it is before the first click. */
async function takeWalk(
  browser: Browser,
  url: string,
  { name, steps }: (typeof WALKS)[number],
): Promise<void> {
  const page = await browser.newPage({ viewport: SIZE, colorScheme: 'light' });
  await page.goto(url);
  for (const [at, step] of steps.entries()) {
    const link = step.click(page).first();
    await link.scrollIntoViewIfNeeded();
    if (at === 0) await take(page, `${name}-0`);
    await link.click();
    const shown = step.shows(page).first();
    await shown.waitFor();
    const last = steps[at + 1]?.click(page).first();
    await (last ?? shown).scrollIntoViewIfNeeded();
    await take(page, `${name}-${at + 1}`);
  }
  await page.close();
}

async function take(page: Page, name: string): Promise<void> {
  // Where the checkout lies is nobody's concern.
  await page.evaluate(
    ([root = '']) => {
      const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      while (texts.nextNode()) {
        const { currentNode: node } = texts;
        node.nodeValue = node.nodeValue?.replaceAll(root, '/shop') ?? null;
      }
    },
    [ROOT.replace(/\/$/, '')],
  );
  await page.screenshot({ path: join(ROOT, 'docs', `drill-${name}.png`) });
}

await main();
