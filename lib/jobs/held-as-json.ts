/** What JSON cannot hold, or holds as something else. */
type Unheld =
  | bigint
  | symbol
  | ReadonlyMap<unknown, unknown>
  | ReadonlySet<unknown>
  | ((...given: never[]) => unknown);

/** Whether some part of a type is such, so many steps deep; of `any` and `unknown` nothing is known. */
type HasUnheld<Value, Steps extends readonly unknown[] = [1, 1, 1, 1, 1]> = 0 extends 1 & Value
  ? false
  : unknown extends Value
    ? false
    : Value extends Unheld
      ? true
      : Value extends { toJSON(): unknown }
        ? false
        : Steps extends readonly [unknown, ...infer Less]
          ? Value extends readonly (infer Each)[]
            ? HasUnheld<Each, Less>
            : Value extends object
              ? true extends { [Name in keyof Value]: HasUnheld<Value[Name], Less> }[keyof Value]
                ? true
                : false
              : false
          : false;

/** Refuses a type that JSON cannot hold whole; to be intersected with what is given. */
export type HeldAsJson<Value> =
  true extends HasUnheld<Value> ? { 'JSON cannot hold such a result': never } : unknown;
