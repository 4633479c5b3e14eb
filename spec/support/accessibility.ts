import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe says against a page. */
type Violations = { id: string; nodes: { html: string }[] }[];

/** Checks the page that is shown for what keeps people from using it; each violation with the elements at fault. */
export async function violationsOn(page: Page): Promise<string[][]> {
  // By DevTools, which the policy of the page does not hold back.
  await page.evaluate(AXE);
  // What passed is many times as long, and nobody reads it here.
  const violations = (await page.evaluate('axe.run().then(({ violations }) => violations)')) as Violations;
  return violations.map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html)]);
}
