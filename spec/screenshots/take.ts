import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from '../support/browser.ts';
import { ROOT } from '../support/pages.ts';
import { startApiary } from '../support/process.ts';
import { startRedis } from '../support/redis.ts';
import { openDemoWorld } from './demo-world.ts';

/** Takes the pictures of the docs from a running monitor in a real browser: `npm run screenshots`. */
const SIZE = { width: 1_280, height: 900 };
const TALLEST = 1_300;

interface Picture {
  name: string;
  path: string;
  scheme: 'light' | 'dark';
}

async function take(browser: Browser, base: string, { name, path, scheme }: Picture): Promise<void> {
  const page: Page = await browser.newPage({ viewport: SIZE, colorScheme: scheme });
  await page.goto(base + path, { waitUntil: 'load' });
  const height = await page.evaluate('document.documentElement.scrollHeight');
  await page.setViewportSize({ ...SIZE, height: Math.min(Number(height), TALLEST) });
  await page.screenshot({ path: join(ROOT, 'docs', `${name}.png`) });
  await page.close();
}

async function main(): Promise<void> {
  const redis = await startRedis();
  const world = await openDemoWorld(redis.url);
  const monitor = await startApiary(['--monitor'], {
    REDIS_URL: redis.url,
    MONITOR_PORT: '0',
    NODE_ENV: 'test',
  });
  const browser = await launchBrowser();
  try {
    if (!browser) throw new Error('there is no browser to take pictures with');
    const line = await monitor.waitForLine(/listening .*http:/);
    const base = /http:\/\/[^\s"]+/.exec(line)?.[0] ?? '';
    const job = `/queues/orders/jobs/${world.failedId}`;
    const pictures: Picture[] = [
      { name: 'overview-light', path: '/', scheme: 'light' },
      { name: 'overview-dark', path: '/', scheme: 'dark' },
      { name: 'job-light', path: job, scheme: 'light' },
      { name: 'job-dark', path: job, scheme: 'dark' },
      { name: 'arena-light', path: '/arena/redis/mail/failed?pageSize=12', scheme: 'light' },
      { name: 'arena-dark', path: '/arena/redis/mail/failed?pageSize=12', scheme: 'dark' },
    ];
    for (const picture of pictures) await take(browser, base, picture);
  } finally {
    await browser?.close();
    await monitor.stop();
    await world.close();
    await redis.stop();
  }
}

await main();
