import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus, release } from 'node:os';
import { pathToFileURL } from 'node:url';
import { startRedis } from '../support/redis.ts';
import { type BenchOptions, readArguments } from './arguments.ts';
import { type Child, endChild, startChild } from './child.ts';
import type { EngineName } from './engines/engine.ts';
import type { MeasureRequest } from './measure.ts';
import type { Measured } from './metrics.ts';
import { openProbe, type RedisProbe } from './redis-probe.ts';
import { prepare, versionOf } from './rivals.ts';
import { chooseRows, type Row } from './rows.ts';
import { formatTable, type Line, toLine } from './table.ts';

/** Where the engines find Redis: 0 for the server itself, else the delay in ms of a proxy before it. */
type Ports = ReadonlyMap<number, number>;

interface Run {
  options: BenchOptions;
  rows: readonly Row[];
  ports: Ports;
  probe: RedisProbe;
  /** By row, then by engine, one for each round that went well. */
  results: Map<Row, Map<EngineName, Measured[]>>;
}

const OWN_ROOT = new URL('../../', import.meta.url);
const PROXY_LIMIT_MS = 10_000;

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Every engine once per row; who goes first changes from round to round. */
async function runRounds(run: Run): Promise<void> {
  const { rounds, engines } = run.options;
  for (let round = 0; round < rounds; round++) {
    const first = round % engines.length;
    const order = [...engines.slice(first), ...engines.slice(0, first)];
    for (const row of run.rows) {
      for (const engine of order)
        if (row.engines?.includes(engine) ?? true) await measureOnce(run, row, engine);
    }
    say(`round ${round + 1} of ${rounds} done`);
  }
}

async function measureOnce(run: Run, row: Row, engine: EngineName): Promise<void> {
  const { options, ports, probe, results } = run;
  const { measurement, limitMs, label } = row;
  const redisPort = ports.get(0) ?? 0;
  const delayMs = 'delayMs' in measurement ? (measurement.delayMs ?? 0) : 0;
  const port = ports.get(delayMs) ?? redisPort;
  const build = buildOf(engine, options.against);
  const request: MeasureRequest = { engine, measurement, build, redisPort, port };
  await probe.clean();
  try {
    const child = await startChild('measure.ts', [JSON.stringify(request)], limitMs);
    await endChild(child);
    const ofRow = results.get(row) ?? new Map<EngineName, Measured[]>();
    results.set(row, ofRow);
    ofRow.set(engine, [...(ofRow.get(engine) ?? []), child.message as Measured]);
  } catch (error) {
    say(`${label}, ${engine}: ${error instanceof Error ? error.message : error}`);
  }
}

/** The folder of the build of ours that an engine stands for. */
function buildOf(engine: EngineName, against: string | null): string {
  const root = engine === 'against' && against !== null ? pathToFileURL(`${against}/`) : OWN_ROOT;
  return new URL('dist', root).href;
}

function toLines({ rows, results }: Run): Line[] {
  return rows.flatMap((row) =>
    row.metrics.map((metric) =>
      toLine(row.label, metric, (engine) =>
        (results.get(row)?.get(engine) ?? []).flatMap((measured) => measured[metric] ?? []),
      ),
    ),
  );
}

/** The machine and the versions, as a list of facts. */
async function describe({ options, ports, probe }: Run): Promise<string[]> {
  const engines = options.engines
    .map((engine) => `${engine} ${versionOf(engine, options.against)}`)
    .join(', ');
  const facts = [
    `${availableParallelism()} cores of ${cpus()[0]?.model ?? 'an unknown kind'}, ${process.platform} ${release()}`,
    `Node ${process.version}, Redis ${await probe.version()} on loopback, append-only file synced every second`,
    engines,
    `${options.rounds} rounds${options.quick ? ', a tenth of the jobs' : ''}: medians (least-most)`,
    'kept: ours and BullMQ keep the newest 1,000 succeeded jobs, stock bee-queue keeps all: it has no limit',
  ];
  for (const [delayMs, port] of ports) {
    const proxied = openProbe(port);
    const ping = (await proxied.roundTripMs()).toFixed(2);
    await proxied.close();
    facts.push(delayMs === 0 ? `PING: ${ping} ms` : `PING where Redis is ${delayMs} ms away: ${ping} ms`);
  }
  return facts;
}

async function startProxies(rows: readonly Row[], redisPort: number): Promise<Map<number, Child>> {
  const proxies = new Map<number, Child>();
  for (const { measurement } of rows) {
    const delayMs = 'delayMs' in measurement ? measurement.delayMs : undefined;
    if (delayMs === undefined || proxies.has(delayMs)) continue;
    const args = [String(redisPort), String(delayMs)];
    proxies.set(delayMs, await startChild('delay-proxy.ts', args, PROXY_LIMIT_MS));
  }
  return proxies;
}

async function main(): Promise<void> {
  const options = readArguments(process.argv.slice(2));
  const rows = chooseRows(options);
  prepare(options.engines);
  const redis = await startRedis();
  const proxies = await startProxies(rows, redis.port);
  const proxyPorts = [...proxies].map(([delayMs, { message }]) => [
    delayMs,
    (message as { port: number }).port,
  ]);
  const ports = new Map([[0, redis.port], ...(proxyPorts as [number, number][])]);
  const probe = openProbe(redis.port);
  try {
    const run: Run = { options, rows, ports, probe, results: new Map() };
    const machine = await describe(run);
    say(machine.join('\n'));
    await runRounds(run);
    const lines = toLines(run);
    say(`\n${formatTable(lines, options.engines)}`);
    if (options.json)
      writeFileSync(options.json, `${JSON.stringify({ machine, options, lines }, null, 2)}\n`);
  } finally {
    await probe.close();
    await Promise.all([...proxies.values()].map(endChild));
    await redis.stop();
  }
}

// Redis outlives a Ctrl-C unless this process ends by itself.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
await main();
