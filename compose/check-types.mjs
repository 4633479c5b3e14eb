// Checks the types of lib/ and of spec/, one beside the other: each takes one core.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { programOf } from '../spec/compile.mjs';

const PROJECTS = ['tsconfig.json', 'spec/tsconfig.json'];

const ends = await Promise.all(
  PROJECTS.map((project) => {
    const args = [programOf('typescript', 'bin/tsc'), '--noEmit', '--checkers', '1', '-p', project];
    return once(spawn(process.execPath, args, { stdio: 'inherit' }), 'exit');
  }),
);
process.exitCode = ends.every(([code]) => code === 0) ? 0 : 1;
