import type { Entry, Export } from './exports.ts';
import { wrap } from './wrap.ts';

const KINDS = [
  ['function', 'Functions'],
  ['class', 'Classes'],
  ['constant', 'Constants'],
  ['type', 'Types'],
] as const satisfies readonly (readonly [Export['kind'], string])[];

const EXTENDED = 'What these extend, and is not exported';

/** Where the page of a module stands, from the folder of the project. */
export function pathOf({ name }: Entry): string {
  return `docs/api/${name.replaceAll('/', '-')}.md`;
}

/** The page of a module: a table of all that it exports, then each with its doc comment and its declaration. */
export function apiPage({ name, exports, bases }: Entry): string {
  const anchors = anchorsOf(exports);
  const parts = KINDS.flatMap(([kind, title]) => {
    const some = exports.filter((one) => one.kind === kind);
    return some.length === 0 ? [] : [`## ${title}`, tableOf(some, anchors), ...some.map(sectionOf)];
  });
  const intro = wrap(
    `What \`import … from '${name}'\` gives. This page is made from the comments in the code by ` +
      '`npm run docs:api`: change the comment, and make it anew.',
  );
  const extended = bases.length === 0 ? [] : [`## ${EXTENDED}`, ...bases.map(sectionOf)];
  return `${[`# The API of \`${name}\``, intro, ...parts, ...extended].join('\n\n')}\n`;
}

/** The first sentence of a doc comment. */
export function firstSentence(doc: string): string {
  const text = doc.split('\n\n')[0]?.replaceAll(/\s+/g, ' ') ?? '';
  return /^.*?[.:](?=\s|$)/.exec(text)?.[0].replace(/:$/, '.') ?? text;
}

/** The anchors of the sections: of two names that differ in capitals alone, the second has a number behind it. */
function anchorsOf(exports: readonly Export[]): ReadonlyMap<Export, string> {
  const anchors = new Map<Export, string>();
  for (const one of KINDS.flatMap(([kind]) => exports.filter((other) => other.kind === kind))) {
    const name = one.name.toLowerCase();
    const before = [...anchors.keys()].filter((other) => other.name.toLowerCase() === name).length;
    anchors.set(one, before === 0 ? name : `${name}-${before}`);
  }
  return anchors;
}

function tableOf(exports: readonly Export[], anchors: ReadonlyMap<Export, string>): string {
  const rows = exports.map((one) => {
    const what = firstSentence(one.doc).replaceAll('|', '\\|');
    return `| [\`${one.name}\`](#${anchors.get(one)}) | ${what} |`;
  });
  return ['| export | what it is |', '|---|---|', ...rows].join('\n');
}

function sectionOf({ name, doc, code }: Export): string {
  const text = doc.split('\n\n').map((paragraph) => wrap(paragraph.replaceAll(/\s+/g, ' ')));
  return [`### ${name}`, ...text, `\`\`\`ts\n${code}\n\`\`\``].join('\n\n');
}
