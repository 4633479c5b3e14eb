// Makes the JavaScript of a package from lib/: few files in place of hundreds, as opening them is most of an import.
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const LIB = fileURLToPath(new URL('../lib', import.meta.url));
/** `apiary`, and what it starts to run jobs. */
const PROGRAMS = ['cli', 'child'];
/** Run in threads or processes of their own, so each is a file of its own, where it stands in lib/. */
const THREADS = ['engine/lease/lease-thread', 'worker/isolate/program'];
/** Read at run time, so they go along as they are. */
const READ_AT_RUN_TIME = ['server/arena/assets', 'server/pages/assets'];

/** The modules that package.json exports, as paths in the built folder without their ending. */
export function exportedModules() {
  const { exports } = JSON.parse(readFileSync(join(LIB, '../package.json'), 'utf8'));
  return Object.values(exports).flatMap((entry) =>
    entry.import ? [entry.import.default.replace(/^\.\/dist\/(.*)\.js$/, '$1')] : [],
  );
}

/**
 * Packages that stay outside in any case: those that read files of their own where they lie, and those of which a process
 * may have one copy only, or none.
 */
const NEVER_WITHIN = ['bee-queue', 'bull-arena', 'terminal-kit', 'pg', '@opentelemetry/api'];
/** What packages that are not ES modules take for granted. */
const REQUIRE = "import { createRequire as of } from 'node:module'; const require = of(import.meta.url);";
const INSTALLED = { packages: 'external' };
const WITHIN = { external: NEVER_WITHIN, banner: { js: REQUIRE } };

/**
 * Makes all that `apiary-jobs` runs, in a folder, and further programs, each by its name and its source. Those have modules
 * of lib/ of their own: none may import what imports the package. With `isWhole` the packages that it depends on are
 * within too, which lets a process start sooner still: so it is for the specs, which start hundreds.
 */
export async function bundlePackage(out, { further = {}, isWhole = false } = {}) {
  const packages = isWhole ? WITHIN : INSTALLED;
  await bundle([...exportedModules(), ...PROGRAMS], out, { packages });
  // By themselves: what they share with the entries would else be cut out of these, into more files to be opened.
  for (const thread of THREADS) await bundle([thread], out, { packages });
  if (Object.keys(further).length > 0) await bundle([], out, { further, packages });
  for (const folder of READ_AT_RUN_TIME) cpSync(join(LIB, folder), join(out, folder), { recursive: true });
}

/**
 * Bundles modules of lib/, named without their ending, into a folder. Packages stay outside unless told otherwise, and what
 * several modules share goes into files of its own, so that each part of lib/ is loaded once. Names stay as they are, for
 * the stacks of errors.
 */
export async function bundle(names, out, { further = {}, packages = INSTALLED } = {}) {
  const modules = Object.fromEntries(names.map((name) => [name, join(LIB, `${name}.ts`)]));
  await build({
    entryPoints: { ...modules, ...further },
    outdir: out,
    chunkNames: 'shared-[hash]',
    bundle: true,
    splitting: true,
    ...packages,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    logLevel: 'warning',
    plugins: [inlineScripts, keepPlaces],
  });
}

/** Puts the texts of the Lua files, without comments and indentation, into the module that reads them from source. */
const inlineScripts = {
  name: 'inline-scripts',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]script-bodies\.ts$/ }, ({ path }) => {
      const folder = join(dirname(path), 'scripts');
      const bodies = readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.lua'))
        .map((file) => [basename(file, '.lua'), bare(readFileSync(join(folder, file), 'utf8'))]);
      return { contents: `export const SCRIPT_BODIES = ${JSON.stringify(Object.fromEntries(bodies))};` };
    });
  },
};

function bare(lua) {
  const code = lua.replace(/^--\[\[.*?\]\]\n/s, '');
  return code.replace(/^[ \t]*(?:--.*)?(?:\n|$)/gm, '').replace(/^[ \t]+/gm, '');
}

/** Lets a module that asks where it is hear its place in lib/: the files that it reads stand there in the package too. */
const keepPlaces = {
  name: 'keep-places',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]lib[\\/].*\.tsx?$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8');
      if (!text.includes('import.meta.url')) return undefined;
      const place = `new URL(${JSON.stringify(
        `./${relative(LIB, path)
          .replaceAll('\\', '/')
          .replace(/\.tsx?$/, '.js')}`,
      )}, import.meta.url).href`;
      return {
        contents: text.replaceAll('import.meta.url', place),
        loader: path.endsWith('x') ? 'tsx' : 'ts',
      };
    });
  },
};
