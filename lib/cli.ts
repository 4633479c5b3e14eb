#!/usr/bin/env node
import { readFileSync } from 'node:fs';

/** What a process answers that cannot be started as it is set up (EX_CONFIG of sysexits.h). */
const EXIT_CONFIG = 78;

// Nothing of the program is imported before: on a Node that is too old its modules cannot even be linked.
const needed = leastNode();
if (isOlder(process.versions.node, needed)) {
  console.error(`apiary needs Node ${needed} or newer; this is Node ${process.versions.node}`);
  process.exitCode = EXIT_CONFIG;
} else {
  const { runCommandLine } = await import('./command-line.ts');
  process.exitCode = await runCommandLine(process.argv.slice(2));
}

/** The version in `engines` of package.json, which stands one folder up both from source and built. */
function leastNode(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return /"node": ">=([\d.]+)"/.exec(text)?.[1] ?? '';
}

function isOlder(version: string, least: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [leastMajor = 0, leastMinor = 0] = least.split('.').map(Number);
  return major < leastMajor || (major === leastMajor && minor < leastMinor);
}
