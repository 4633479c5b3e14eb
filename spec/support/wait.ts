const POLL_MS = 5;

/**
 * Resolves when the condition holds; rejects with `what` was awaited when it does not within `limitMs` (default 30 s).
 * The one place in the specs with a timer.
 */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
  limitMs = 30_000,
): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (!(await condition())) {
    if (performance.now() >= deadline) throw new Error(`waited ${limitMs} ms in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
