import { createRequire } from 'node:module';

type Class = new (...given: never[]) => object;

const require = createRequire(import.meta.url);
/** Puts each class of bee-queue behind its stand-in. */
const links: (() => void)[] = [];

/**
 * Makes a class to be extended in the place of one of bee-queue, which is loaded with the first object of any such
 * class: bee-queue takes longer to load than all of ours, and who only adds jobs to our workers makes no object of it.
 * From then on the class of bee-queue is behind its stand-in: objects are its instances, and have its methods.
 */
export function standInFor<Shape extends Class>(module: string): Shape {
  const real = (): Class => require(module) as Class; // Each is a module with a class.
  class StandIn {
    constructor(...given: never[]) {
      for (const link of links.splice(0)) link();
      skip(new.target, StandIn, real());
      // biome-ignore lint/correctness/noConstructorReturn: what a base class returns is what `super` makes of it.
      return Reflect.construct(real(), given, new.target);
    }
  }
  links.push(() => place(StandIn, real()));
  // Whoever extends it has all that the shape says as soon as there is an object.
  return StandIn as unknown as Shape;
}

/** Lets the class that extends the stand-in extend the real one: the next object is made by that at once. */
function skip(made: Class, standIn: Class, real: Class): void {
  let derived = made;
  for (let base = Object.getPrototypeOf(derived); base !== standIn; base = Object.getPrototypeOf(derived)) {
    if (base === null) return;
    derived = base;
  }
  place(derived, real);
}

function place(above: Class, real: Class): void {
  Object.setPrototypeOf(above, real);
  Object.setPrototypeOf(above.prototype, real.prototype);
}
