/** Freezes a value and all that is in it; returns it. */
export function freeze<Value>(value: Value): Value {
  // The platform refuses to freeze a view on memory.
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  for (const inner of Object.values(value)) freeze(inner);
  return Object.freeze(value);
}
