import { warnOf } from '../../error-facts.ts';
import { hush } from '../../promises.ts';

type Listener = ((event: Event) => unknown) | { handleEvent(event: Event): unknown };

const GUARDED = new WeakMap<object, (this: unknown, event: Event) => void>();

/**
 * Makes a controller whose signal may be handed to anybody: what a listener throws, or its promise is rejected with,
 * is a warning of the process. Node would throw it from a tick of its own, where nobody can catch it, and end the
 * process.
 */
export function guardedController(): AbortController {
  const controller = new AbortController();
  Object.setPrototypeOf(controller.signal, GUARDED_SIGNAL);
  return controller;
}

const GUARDED_SIGNAL: object = Object.create(AbortSignal.prototype, {
  addEventListener: {
    value(this: AbortSignal, type: string, listener: unknown, options: unknown): void {
      // Node refuses what is no listener in its own words.
      const made = isListener(listener) ? guarded(listener) : listener;
      Reflect.apply(AbortSignal.prototype.addEventListener, this, [type, made, options]);
    },
  },
  removeEventListener: {
    value(this: AbortSignal, type: string, listener: unknown, options: unknown): void {
      const known = (isListener(listener) && GUARDED.get(listener)) || listener;
      Reflect.apply(AbortSignal.prototype.removeEventListener, this, [type, known, options]);
    },
  },
  onabort: {
    get(this: AbortSignal): unknown {
      return Reflect.get(AbortSignal.prototype, 'onabort', this);
    },
    set(this: AbortSignal, listener: unknown): void {
      const value = isListener(listener) ? guarded(listener) : listener;
      Reflect.set(AbortSignal.prototype, 'onabort', value, this);
    },
  },
});

function warn(thrown: unknown): void {
  warnOf(thrown, 'a listener of the signal of a job threw');
}

function isListener(value: unknown): value is Listener {
  return typeof value === 'function' || (typeof value === 'object' && value !== null);
}

/** One for each listener, so that it is known again where it is added twice or removed. */
function guarded(listener: Listener): (this: unknown, event: Event) => void {
  const known = GUARDED.get(listener);
  if (known) return known;
  const made = function (this: unknown, event: Event): void {
    try {
      const returned: unknown =
        typeof listener === 'function' ? Reflect.apply(listener, this, [event]) : listener.handleEvent(event);
      hush(returned, warn);
    } catch (thrown) {
      warn(thrown);
    }
  };
  GUARDED.set(listener, made);
  return made;
}
