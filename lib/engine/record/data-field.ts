/** A place in the data of a job, and what is to be there. */
export interface DataField {
  /** Names from the outside in, with dots between them: `customer.address.city`, `items.0.sku`. */
  path: string;
  /** A string is compared as it is; a number, true, false and null as JSON writes them. */
  value: string;
}

/** Whether a path can be one: names with dots between them. */
export function isDataPath(path: unknown): path is string {
  return typeof path === 'string' && path.split('.').every((name) => name !== '');
}

/**
 * Whether the value is at that place in the data. Only what the data themselves have counts, nothing that every object
 * or list has; a list has its positions, from 0. Objects and lists equal no value. A name with a dot in it is out of
 * reach.
 */
export function hasField(data: unknown, { path, value }: DataField): boolean {
  const found = path.split('.').reduce(stepInto, data);
  if (typeof found === 'string') return found === value;
  if (found === undefined || (typeof found === 'object' && found !== null)) return false;
  return JSON.stringify(found) === value;
}

function stepInto(within: unknown, name: string): unknown {
  if (typeof within !== 'object' || within === null) return undefined;
  if (Array.isArray(within)) return POSITION.test(name) ? within[Number(name)] : undefined;
  // JSON can spell this name too, and only ever to do harm.
  if (name === '__proto__' || !Object.hasOwn(within, name)) return undefined;
  return Reflect.get(within, name);
}

const POSITION = /^(0|[1-9]\d*)$/;
