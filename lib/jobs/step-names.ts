/**
 * The names of the sub-workflows that a step is in, the outermost first, each as the whole workflow has it. What stands
 * there names the others from where it stands: so the same plan works alone and within another workflow.
 */
export type Within = readonly string[];

/** What leads out of a sub-workflow, as in the path of a file. */
const OUT = '../';

/** The name in the whole workflow of what is called so where somebody stands; null for what leads too far out. */
export function wholeName(within: Within, name: string): string | null {
  let depth = within.length;
  let rest = name;
  for (; rest.startsWith(OUT); depth--) rest = rest.slice(OUT.length);
  if (depth < 0) return null;
  return depth === 0 ? rest : `${within[depth - 1]}/${rest}`;
}

/** How that is called where somebody stands which has this name in the whole workflow. */
export function nameWithin(within: Within, whole: string): string {
  const depth = within.findLastIndex((one) => whole.startsWith(`${one}/`)) + 1;
  const rest = depth === 0 ? whole : whole.slice(`${within[depth - 1]}/`.length);
  return OUT.repeat(within.length - depth) + rest;
}
