// Checks the types of spec/ and with them those of lib/. That lib/ needs nothing of what specs have, such as the names of
// mocha, is checked by each build, of which `npm test` makes one: declare.mjs compiles lib/ by itself.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { programOf } from '../spec/compile.mjs';

const args = [programOf('typescript', 'bin/tsc'), '--noEmit', '--checkers', '1', '-p', 'spec/tsconfig.json'];
const [code] = await once(spawn(process.execPath, args, { stdio: 'inherit' }), 'exit');
process.exitCode = code === 0 ? 0 : 1;
