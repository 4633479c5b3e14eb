// Makes the JavaScript of a package from lib/: few files in place of hundreds, as opening them is most of an import.
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const LIB = fileURLToPath(new URL('../lib', import.meta.url));

/**
 * Bundles modules of lib/, named without their ending, into a folder. Packages stay outside, and what several modules
 * share goes into files of its own, so that each part of lib/ is loaded once. Names stay as they are, for the stacks of
 * errors.
 */
export async function bundle(names, out) {
  await build({
    entryPoints: Object.fromEntries(names.map((name) => [name, join(LIB, `${name}.ts`)])),
    outdir: out,
    chunkNames: 'shared-[hash]',
    bundle: true,
    splitting: true,
    packages: 'external',
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
