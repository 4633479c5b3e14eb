import { Inspector } from '../../lib/inspector/inspector.ts';
import { Gate } from './queues.ts';
import { patientClock, until } from './wait.ts';
import { openWorkers, type SpecWorkers } from './worker.ts';

/** Workers whose jobs wait at a gate, and who looks at them. */
export interface SpecLanes {
  specs: SpecWorkers;
  inspector: Inspector;
  gate: Gate;
  /** Opens the gate and ends them all. */
  close(): Promise<void>;
}

/** Opens the frame of specs that look at live workers; starts none. */
export function openLanes(): SpecLanes {
  const specs = openWorkers();
  const gate = new Gate();
  return {
    ...{ specs, gate, inspector: new Inspector({ client: specs.client, clock: patientClock }) },
    close: () => {
      gate.open();
      return specs.close();
    },
  };
}

/** The id of the live worker that serves a queue, once it has said that it is there; of several, the last. */
export async function workerOf(inspector: Inspector, queue: string): Promise<string> {
  let id: string | undefined;
  const serves = async (): Promise<boolean> => {
    const workers = await inspector.workers();
    id = workers.findLast(({ queues }) => queues.some(({ name }) => name === queue))?.id;
    return id !== undefined;
  };
  await until(serves, 'a worker has said that it is there');
  return id ?? '';
}
