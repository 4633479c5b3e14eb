/** The names of a table, in its order: one whose names are all known to the compiler, so it must have no others. */
export function namesOf<Name extends string>(table: Readonly<Record<Name, unknown>>): Name[] {
  // The compiler leaves room for more names than it was told of; such a table has none.
  return Object.keys(table) as Name[];
}
