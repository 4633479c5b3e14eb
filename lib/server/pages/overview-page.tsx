import type { Clock } from '../../clock.ts';
import type { Inspector } from '../../inspector/inspector.ts';
import type { QueueNames } from '../queue-names.ts';
import type { Page } from './layout.tsx';
import type { Visit } from './visit.ts';

/** What the overview works with. */
export interface OverviewDeps {
  inspector: Inspector;
  queues: QueueNames;
  clock: Clock;
}

/** Gathers the overview. */
export function overviewPage({ queues }: OverviewDeps): (visit: Visit) => Promise<Page> {
  return async () => {
    const names = await queues();
    const body = (
      <>
        <h1>Overview</h1>
        <ul>
          {names.map((name) => (
            <li key={name}>{name}</li>
          ))}
        </ul>
      </>
    );
    return { title: 'Overview', section: 'overview', body, isReloaded: true };
  };
}
