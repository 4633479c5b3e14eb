// Fails when a file of lib/, or of the folder given, imports what it may not by the table in rooms.mjs.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EDGES, ENTRIES, FLOOR, PARTS, ROOMS } from './rooms.mjs';

const LIB = resolve(process.argv[2] ?? fileURLToPath(new URL('../lib', import.meta.url)));
/** The module in an `import`, an `export … from` or an `import('…')`, of types too. */
const IMPORTED = /(?:\bfrom|\bimport\(?)\s*['"](\.[^'"]+)['"]/g;

const faults = sources().flatMap((from) => importsOf(from).flatMap((to) => faultOf(from, to)));
for (const fault of faults) console.error(fault);
process.exitCode = faults.length > 0 ? 1 : 0;

function sources() {
  const files = readdirSync(LIB, { recursive: true, encoding: 'utf8' });
  return files.filter((file) => /\.tsx?$/.test(file)).sort();
}

/** What a file imports within the folder. */
function importsOf(file) {
  const found = readFileSync(join(LIB, file), 'utf8').matchAll(IMPORTED);
  const paths = [...found].map(([, path]) => relative(LIB, resolve(LIB, dirname(file), path)));
  return paths.filter((path) => !path.startsWith('..'));
}

function faultOf(from, to) {
  const why = partFault(partOf(from), partOf(to)) ?? roomFault(from, to) ?? edgeFault(from, to);
  return why ? [`lib/${from} imports lib/${to}, but ${why}: see compose/rooms.mjs`] : [];
}

function partOf(file) {
  const [first, ...rest] = file.split('/');
  if (rest.length > 0) return first in PARTS ? first : 'top';
  const name = first.replace(/\.tsx?$/, '');
  if (FLOOR.includes(name)) return 'floor';
  if (ENTRIES.includes(name)) return 'top';
  return Object.keys(PARTS).find((part) => name === part || name.startsWith(`${part}-`)) ?? 'top';
}

function partFault(from, to) {
  if (from === to || from === 'top' || to === 'floor') return null;
  if (from === 'floor') return 'the floor imports nothing but the floor';
  return PARTS[from].includes(to) ? null : `${from} may not import ${to}`;
}

function roomFault(from, to) {
  const part = partOf(from);
  const rooms = ROOMS[part];
  if (!rooms || part !== partOf(to)) return null;
  const [low, high] = [roomOf(to), roomOf(from)];
  const placeOf = (room) => rooms.findIndex((folders) => [folders].flat().includes(room));
  const unknown = [low, high].find((room) => placeOf(room) === -1);
  if (unknown) return `${part}/${unknown} has no place among the rooms`;
  return placeOf(low) <= placeOf(high) ? null : `${part}/${low} stands above ${part}/${high}`;
}

function roomOf(file) {
  const [, room, ...rest] = file.split('/');
  return rest.length > 0 ? room : '.';
}

function edgeFault(from, to) {
  const inside = (room, file) => file.startsWith(`${room}/`);
  const edge = Object.keys(EDGES).find((room) => inside(room, to) && !inside(room, from));
  return !edge || EDGES[edge].includes(from) ? null : `${edge} is an edge`;
}
