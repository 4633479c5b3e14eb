import type { WorkerInfo } from '../queries/presence.ts';
import type { ConnectionFacts } from './connection-facts.ts';
import type { KeptLease, ThreadMessage } from './thread-message.ts';

/** What a worker has said of itself. */
export interface SaidInfo {
  place: number;
  prefix: string;
  info: WorkerInfo;
}

/** What the main thread has told, as it is now. */
export class ThreadState {
  readonly connections = new Map<number, ConnectionFacts>();
  /** By their incarnations. */
  readonly leases = new Map<string, KeptLease>();
  /** By the ids of the workers. */
  readonly said = new Map<string, SaidInfo>();

  /** Takes in what it tells. */
  hear(message: ThreadMessage): void {
    switch (message.tell) {
      case 'opened':
        this.connections.set(message.place, message.connection);
        break;
      case 'closed':
        this.#forget(message.place);
        break;
      case 'held':
        this.leases.set(message.lease.incarnation, message.lease);
        break;
      case 'left':
        this.leases.delete(message.incarnation);
        break;
      case 'said':
        this.said.set(message.info.id, message);
        break;
      default:
        message satisfies never;
    }
  }

  #forget(place: number): void {
    this.connections.delete(place);
    for (const [name, lease] of this.leases) if (lease.place === place) this.leases.delete(name);
    for (const [id, said] of this.said) if (said.place === place) this.said.delete(id);
  }
}
