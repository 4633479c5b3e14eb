import fc from 'fast-check';

/**
 * From what random cases are drawn, where a spec has no seed of its own. `npm test` says whether a change is sound, so it
 * tries the same cases each time. `npm run test:long` looks for cases that nobody has seen, so its seed is `random`.
 */
const SEED = process.env['SPEC_SEED'] ?? '1';

// The reporter of several files at once shows the message of an error and not its cause.
fc.configureGlobal({ includeErrorInReport: true, ...(SEED !== 'random' && { seed: Number(SEED) }) });
