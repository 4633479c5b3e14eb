import type { Locator, Page } from 'playwright-core';
import { BAD } from './shop-jobs.ts';

/** One step of a walk: where is clicked, or pressed Enter; what comes of it is a page. */
export interface Step {
  /** In words, for who reads along. */
  words: string;
  /** What is clicked on the page before. */
  click(page: Page): Locator;
  /** What is on the next page then. */
  shows(page: Page): Locator;
}

/** From the first page to the cause of a fault. */
export interface Walk {
  name: string;
  steps: readonly Step[];
  /** What says what is wrong, on the last page. */
  causes(page: Page): readonly Locator[];
}

const heading = (page: Page, name: RegExp | string): Locator => page.getByRole('heading', { name, level: 1 });

/** The walks of the drill, as docs/drill.md tells them. */
export const WALKS: readonly Walk[] = [
  {
    name: 'failing',
    steps: [
      {
        words: 'the error, under Failures',
        click: (page) => page.locator('#failures').getByRole('link', { name: /^order \d+ has no currency$/ }),
        shows: (page) => heading(page, /has no currency/),
      },
    ],
    causes: (page) => [
      page.getByText(BAD, { exact: true }).first(),
      page.getByText('currencyOf').first(),
      page.getByText('card.charge').first(),
    ],
  },
  {
    name: 'slow',
    steps: [
      {
        words: 'the queue that falls behind',
        click: (page) => page.locator('#queues').getByRole('link', { name: 'reports', exact: true }),
        shows: (page) => heading(page, 'Queue reports'),
      },
      {
        words: 'its slowest job',
        click: (page) => page.locator('#slowest').getByRole('link').first(),
        shows: (page) => page.getByRole('heading', { name: 'Logs' }),
      },
    ],
    causes: (page) => [
      page.getByText('asking for 300 orders one by one: the batch call is gone since 2.4.0'),
    ],
  },
  {
    name: 'hanging',
    steps: [
      {
        words: 'the worker that is blocked',
        click: (page) =>
          page.getByRole('row').filter({ hasText: 'blocked' }).getByRole('rowheader').getByRole('link'),
        shows: (page) => page.getByText(/, at .*findEdge/),
      },
      {
        words: 'the job that blocks it',
        click: (page) =>
          page.getByRole('row').filter({ hasText: 'blocks its worker' }).getByRole('link').nth(1),
        shows: (page) => page.getByText('huge.tiff'),
      },
    ],
    causes: (page) => [
      page.getByText('huge.tiff').first(),
      page.getByText(/blocks its worker since .*, at findEdge/).first(),
    ],
  },
];
