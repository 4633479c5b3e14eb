/** Reads a list with commas between items of different names; undefined where one is none, or comes twice. */
export function parseList<Item extends { name: string }>(
  text: string,
  parseItem: (item: string) => Item | undefined,
): Item[] | undefined {
  const items = text.split(',').map((item) => parseItem(item.trim()));
  if (!items.every((item) => item !== undefined)) return undefined;
  return new Set(items.map((item) => item.name)).size === items.length ? items : undefined;
}
