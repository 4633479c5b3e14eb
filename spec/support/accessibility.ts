import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe says of a page. */
interface AxeResult {
  violations: { id: string; nodes: { html: string }[] }[];
}

/** Checks the page that is shown for what keeps people from using it; each violation with the elements at fault. */
export async function violationsOn(page: Page): Promise<string[][]> {
  // By DevTools, which the policy of the page does not hold back.
  await page.evaluate(AXE);
  const { violations } = (await page.evaluate('axe.run()')) as AxeResult;
  return violations.map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html)]);
}
