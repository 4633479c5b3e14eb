/** The part of Bull Arena 4.10 that is used here; the package brings no types of its own. */
declare module 'bull-arena' {
  import type { Application, NextFunction, Request, Response } from 'express';

  interface ArenaQueueConfig {
    name: string;
    hostId: string;
    type: 'bullmq';
    /** Handed to the constructor in `BullMQ` as `connection`. */
    redis: unknown;
    /** What stands before its address on the overview. */
    base: string;
    /** Of the first queue of a host: how many more there are that are not listed. */
    more?: number;
  }

  interface ArenaConfig {
    /** Constructor of what Arena asks for the jobs of a queue. */
    BullMQ: unknown;
    queues: readonly ArenaQueueConfig[];
  }

  interface ListenOptions {
    disableListen: true;
    useCdn: false;
    /** The host whose queues are shown unfolded on the overview. */
    activeHostId: string;
  }

  /** A step of an Express 4 router: a handler, a nested router, or a route with steps of its own. */
  interface Layer {
    handle: ((req: Request, res: Response, next: NextFunction) => unknown) & { stack?: Layer[] };
    route?: { stack: Layer[] };
  }

  interface Queues {
    setConfig(config: ArenaConfig): void;
    /** Opens a queue; null when there is none. */
    get(name: string, host: string): Promise<unknown>;
  }

  interface Arena extends Application {
    locals: { Queues: Queues };
    response: Response;
    _router: { stack: Layer[] };
  }

  namespace arena {
    export type { Arena, ArenaConfig, Layer };
  }

  function arena(config: ArenaConfig, options: ListenOptions): Arena;
  export = arena;
}
