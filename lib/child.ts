import { createLogger } from './bunyan-logger.ts';
import { systemClock } from './clock.ts';
import { ApiaryError, coerceError } from './errors.ts';
import { EXIT_FAILURE, exitCodeOf, guardProcess, leave } from './guard-process.ts';
import type { Logger } from './logger.ts';
import { type Service, startService } from './main.ts';
import { quietOnSignal } from './quiet-on-signal.ts';
import { areOrders } from './start-swarm.ts';
import { watchMemory } from './swarm/memory-watch.ts';
import type { Asked } from './swarm/message.ts';
import { ParentLink } from './swarm/parent-link.ts';

/** How often a process that is to end by itself looks whether jobs still run. */
const LOOK_MS = 50;
/** What a stop may take beside waiting for the jobs; it is bounded by less. */
const STOP_GRACE_MS = 10_000;

await run();

/** Runs jobs as the parent of this process says, which is the program that `apiary start` starts for it. */
async function run(): Promise<void> {
  // A terminal sends them to all processes in front of it: what they mean is the parent's to say.
  for (const signal of ['SIGINT', 'SIGHUP', 'SIGUSR2'] as const) process.on(signal, () => undefined);
  const link = new ParentLink();
  const orders = await link.orders;
  if (!areOrders(orders)) return;
  const { config, membership, isSuspended } = orders;
  const log = createLogger(config.log).child({ process: membership.place.number });
  const guarded = guardProcess(log, () => link.spoiled());
  const starting = startService(config, ['worker'], log, { membership }).then(guarded);
  quietOnSignal(starting, { log, isSuspended });
  obey(link, starting, { log, patienceMs: config.shutdownTimeoutMs });
  try {
    await starting;
    const { maxMemoryMb } = membership;
    const watched = { clock: systemClock, onOutgrown: (rssMb: number) => link.outgrown(rssMb) };
    if (maxMemoryMb !== null) watchMemory({ ...watched, maxMemoryMb });
    link.ready();
  } catch (error) {
    await fail(link, log, error);
  }
}

function obey(
  link: ParentLink,
  starting: Promise<Service>,
  { log, patienceMs }: { log: Logger; patienceMs: number },
): void {
  let isEnding = false;
  const end = async (): Promise<void> => {
    setTimeout(() => process.exit(EXIT_FAILURE), patienceMs + STOP_GRACE_MS).unref();
    const service = await starting.catch(() => null);
    // What failed at its start ends by that.
    if (service === null) return;
    await service.stop();
    await link.leaving(await service.told.metrics.own());
    process.exit(0);
  };
  const stop = (): void => {
    if (!isEnding) end().catch((error: unknown) => leave(log, error));
    isEnding = true;
  };
  link.obey({
    stop,
    quiet: () => void starting.then((service) => service.quiet()).catch(() => undefined),
    retire: () => void starting.then(untilIdle).then(stop, () => undefined),
    answer: async (what) => answers[what](await starting),
  });
  process.on('SIGTERM', stop);
}

/** What the parent may ask for. */
const answers: Record<Asked, (service: Service) => Promise<unknown>> = {
  readiness: async ({ told: { health } }) => {
    const readiness = await health.readinessOf('worker');
    if (readiness?.ready) return 'ok';
    return Object.values(readiness?.checks ?? {}).find((found) => found !== 'ok');
  },
  metrics: ({ told: { metrics } }) => metrics.own(),
};

async function untilIdle(service: Service): Promise<void> {
  await service.quiet();
  while (service.running > 0) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
}

/** The parent says why in one line; the stack of what should not have happened is told here. */
async function fail(link: ParentLink, log: Logger, thrown: unknown): Promise<void> {
  const error = coerceError(thrown);
  if (!(error instanceof ApiaryError)) return leave(log, error);
  await link.failed(error.code, error.message);
  process.exit(exitCodeOf(error));
}
