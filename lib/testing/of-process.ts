/**
 * What there is once in a process, however many copies of the package it has loaded: what runs TypeScript loads one for
 * `require` and one for `import`.
 */
export function ofProcess<T extends object>(name: string, make: () => T): T {
  const key = Symbol.for(`apiary.testing.${name}`);
  const known: unknown = Reflect.get(globalThis, key);
  if (known !== undefined) return known as T; // Nobody else has this symbol.
  const made = make();
  Object.defineProperty(globalThis, key, { value: made });
  return made;
}
