import type { Inspector } from '../../inspector/inspector.ts';
import type { Producer } from '../../jobs/producer.ts';

/** What looks at a Redis server, and changes what is there. */
export interface SourceParts {
  inspector: Inspector;
  /** Shows nothing of what is private of encrypted jobs. */
  closedInspector: Inspector;
  producer: Producer;
}

/** A further Redis server that the monitor shows. */
export interface MonitorSource {
  readonly name: string;
  /** Whether nobody may change anything there. */
  readonly readOnly: boolean;
  /** What looks at it; the first call opens its connection. Throws REDIS_UNAVAILABLE once it is closed. */
  parts(): SourceParts;
  /** Resolves, soon, with why the server cannot be reached; with null when it can. */
  trouble(): Promise<string | null>;
}
