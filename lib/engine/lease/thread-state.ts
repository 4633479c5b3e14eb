import type { WorkerInfo } from '../queries/presence.ts';
import type { ConnectionFacts } from './connection-facts.ts';
import type { KeptLease, ThreadMessage } from './thread-message.ts';

/** What a worker has said of itself. */
interface SaidInfo {
  prefix: string;
  info: WorkerInfo;
}

/** What the main thread has told, as it is now. */
export class ThreadState {
  readonly connections = new Map<number, ConnectionFacts>();
  /** By their incarnations. */
  readonly leases = new Map<string, KeptLease>();
  /** By the places of the workers. */
  readonly said = new Map<number, SaidInfo>();

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
        this.said.set(message.place, message);
        break;
      case 'began':
        this.said.get(message.place)?.info.running.unshift(message.job);
        break;
      default:
        message satisfies never;
    }
  }

  #forget(place: number): void {
    this.connections.delete(place);
    this.said.delete(place);
    for (const [name, lease] of this.leases) if (lease.place === place) this.leases.delete(name);
  }
}
