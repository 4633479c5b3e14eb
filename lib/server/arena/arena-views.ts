import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import type { Arena } from 'bull-arena';
import { withHeadings } from './arena-headings.ts';
import { ARENA_HELPERS } from './arena-helpers.ts';
import { TEMPLATE_CHANGES } from './arena-template-changes.ts';

type Template = (context: object, options: object) => string;
type Handlebars = { compile(source: string): Template };

const PACKAGE = createRequire(import.meta.url).resolve('bull-arena/package.json');
const VIEWS = join(dirname(PACKAGE), 'src', 'server', 'views');

/** Where Arena keeps what its pages load. */
export const ARENA_ASSETS = join(dirname(PACKAGE), 'public');

/**
 * Has an Arena render its own templates with our changes in them: they are made before any job is there, so what is in
 * a job cannot undo them. Throws when a change does not find its place, as with another version of Arena.
 */
export function useChangedViews(arena: Arena): void {
  templates ??= readTemplates();
  const { layout, views, partials } = templates;
  arena.engine('hbs', (path, options, done) => {
    const view = views[basename(path, '.hbs')];
    const extras = { helpers: ARENA_HELPERS, partials };
    try {
      // While it renders, the view leaves in its context what the layout puts elsewhere on the page.
      const body = view?.(options, extras);
      done(null, layout({ ...options, body }, extras));
    } catch (error) {
      done(error);
    }
  });
}

/** All that pages are rendered by. */
interface Templates {
  layout: Template;
  views: Record<string, Template>;
  partials: Record<string, Template>;
}

/** Compiled at their first use: one for all Arenas of a process. */
let templates: Templates | null = null;

function readTemplates(): Templates {
  // The very instance that Arena has given its helpers to.
  const { compile } = createRequire(PACKAGE)('handlebars') as Handlebars;
  return {
    layout: compile(readTemplate('layout.hbs')),
    views: readFolder('dashboard/templates', compile),
    partials: prefixed('dashboard/', readFolder('partials/dashboard', compile)),
  };
}

function readFolder(folder: string, compile: Handlebars['compile']): Record<string, Template> {
  const files = readdirSync(join(VIEWS, folder));
  return Object.fromEntries(
    files.map((file) => [basename(file, '.hbs'), compile(readTemplate(`${folder}/${file}`))]),
  );
}

function readTemplate(path: string): string {
  const changed = (TEMPLATE_CHANGES[path] ?? []).reduce(
    (text, [before, after]) => {
      if (text.search(before) === -1) throw new Error(`Arena's ${path} has no ${before}`);
      return text.replace(before, after);
    },
    readFileSync(join(VIEWS, path), 'utf8'),
  );
  return withHeadings(changed);
}

function prefixed<T>(prefix: string, entries: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(entries).map(([name, value]) => [`${prefix}${name}`, value]));
}
