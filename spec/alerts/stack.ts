import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { freePort } from '../../lib/redis/free-port.ts';
import { environmentSchema, readCompose } from '../support/compose-file.ts';
import { ROOT, readPage } from '../support/pages.ts';
import { type SpecProcess, startApiary, startCommand } from '../support/process.ts';
import { until } from '../support/wait.ts';

const START_LIMIT_MS = 120_000;
const HANDLERS = join(ROOT, 'spec/alerts/handlers');
/** In place of Docker's DNS: how often Prometheus looks whether targets have come or gone. */
const REFRESH = '5s';

const serviceSchema = z.looseObject({
  command: z.array(z.string()).default([]),
  environment: environmentSchema.default({}),
});
const composeSchema = z.looseObject({ services: z.record(z.string(), serviceSchema) });
const prometheusSchema = z.looseObject({
  scrape_configs: z.array(z.looseObject({ job_name: z.string(), dns_sd_configs: z.unknown().optional() })),
});
const alertsSchema = z.object({
  data: z.object({
    alerts: z.array(
      z.object({
        state: z.string(),
        labels: z.record(z.string(), z.string()),
        annotations: z.record(z.string(), z.string()),
      }),
    ),
  }),
});
const targetsSchema = z.object({
  data: z.object({ activeTargets: z.array(z.object({ health: z.string() })) }),
});

const heardSchema = z.object({
  alerts: z.array(z.object({ status: z.string(), rule: z.string(), queue: z.string().nullable() })),
});

/** A role of the stack; `queues` where it is a worker. */
export interface RoleOptions {
  name: string;
  role: 'worker' | 'api' | 'monitor';
  queues?: string;
  /** Variables beside those of compose.yaml. */
  env?: Record<string, string>;
}

/** What a stack is made of. */
export interface StackOptions {
  name: string;
  /** Variables for compose.yaml. */
  env?: Record<string, string>;
  roles: readonly RoleOptions[];
}

/** An alert that fires. */
export interface Firing {
  labels: Readonly<Record<string, string>>;
  summary: string;
}

/**
 * The processes of compose.yaml without Docker: Redis by its command there, roles with their environment of there, and
 * Prometheus with its configuration and rules. Only addresses differ, and that files stand for the DNS.
 */
export class Stack {
  readonly name: string;
  readonly redisPort: number;
  /** Where everything of it is kept; it goes with the stack. */
  readonly folder: string;
  readonly #services: Record<string, z.infer<typeof serviceSchema>>;
  readonly #processes = new Map<string, SpecProcess>();
  readonly #targets = new Map<string, { role: string; port: number }>();
  /** What the alerts of our own have told, by rule and queue. */
  readonly heard = new Set<string>();
  readonly #receiver: Server;
  #prometheusPort = 0;
  #isClosing = false;

  /** Starts all of it; resolves when every process is scraped. */
  static async open(options: StackOptions): Promise<Stack> {
    const folder = await mkdtemp(join(tmpdir(), `apiary-alerts-${options.name}-`));
    const { services } = composeSchema.parse(readCompose(options.env));
    const stack = new Stack(options.name, { folder, services, redisPort: await freePort() });
    // Whatever ends this process, nothing of the stack outlives it.
    process.once('exit', () => {
      stack.#kill();
      rmSync(folder, { recursive: true, force: true });
    });
    await once(stack.#receiver.listen(0, '127.0.0.1'), 'listening');
    await stack.#startRedis();
    for (const role of options.roles) await stack.#startRole(role);
    await stack.#startPrometheus();
    return stack;
  }

  private constructor(
    name: string,
    rest: {
      folder: string;
      services: Record<string, z.infer<typeof serviceSchema>>;
      redisPort: number;
    },
  ) {
    this.name = name;
    this.redisPort = rest.redisPort;
    this.folder = rest.folder;
    this.#services = rest.services;
    this.#receiver = createServer(async (request, response) => {
      const { alerts } = heardSchema.parse(await json(request));
      for (const { status, rule, queue } of alerts)
        if (status === 'firing') this.heard.add(`${rule} ${queue}`);
      response.end();
    });
  }

  /** The address of its Redis. */
  get redisUrl(): string {
    return `redis://127.0.0.1:${this.redisPort}`;
  }

  /** The process of a name: `redis`, or that of a role. */
  process(name: string): SpecProcess {
    const found = this.#processes.get(name);
    if (!found) throw new Error(`there is no ${name} in the stack ${this.name}`);
    return found;
  }

  /** Ends a role for good; then the DNS knows it no more. */
  async remove(name: string): Promise<void> {
    const target = this.#targets.get(name);
    this.#targets.delete(name);
    await this.#processes.get(name)?.stop();
    if (target) await this.#writeTargets(target.role);
  }

  /** The alerts of a name that fire now. */
  async firing(alert: string): Promise<Firing[]> {
    const { data } = alertsSchema.parse(await this.#ask('alerts'));
    return data.alerts
      .filter(({ state, labels }) => state === 'firing' && labels['alertname'] === alert)
      .map(({ labels, annotations }) => ({ labels, summary: annotations['summary'] ?? '' }));
  }

  /** Ends all of it and removes its data. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#kill();
    this.#receiver.close();
    this.#receiver.closeAllConnections();
    await Promise.all([...this.#processes.values()].map(({ exit }) => exit));
    await rm(this.folder, { recursive: true, force: true });
  }

  #kill(): void {
    for (const one of this.#processes.values()) one.kill('SIGKILL');
  }

  async #startRedis(): Promise<void> {
    const { command, environment } = this.#service('redis');
    const [program = '', ...args] = command;
    // In place of the image's own, which gives up the rights of root. What is too large for the disk is to be an error.
    const script = `#!/bin/sh\ntrap '' XFSZ\nexec "$@" --port ${this.redisPort} --bind 127.0.0.1 --dir ${this.folder}\n`;
    await writeFile(join(this.folder, 'docker-entrypoint.sh'), script);
    await chmod(join(this.folder, 'docker-entrypoint.sh'), 0o755);
    const env = { ...toText(environment), PATH: `${this.folder}:${process.env['PATH']}` };
    const redis = await startCommand(program, args, env, this.folder);
    this.#processes.set('redis', redis);
    await redis.waitForLine(/Ready to accept connections/);
  }

  async #startRole({ name, role, queues, env: own = {} }: RoleOptions): Promise<void> {
    const port = this.#targets.get(name)?.port ?? (await freePort());
    const env = {
      ...toText(this.#service(role).environment),
      ...{ REDIS_URL: this.redisUrl, HEALTH_HOST: '127.0.0.1', HEALTH_PORT: String(port) },
      ...{ API_HOST: '127.0.0.1', API_PORT: '0', MONITOR_HOST: '127.0.0.1', MONITOR_PORT: '0' },
      ...{ ALERT_WEBHOOK_URL: `http://127.0.0.1:${this.#heardAt}`, WEBHOOK_ALLOW_PRIVATE: 'true' },
      ...(role === 'worker' ? { WORKER_HANDLERS: HANDLERS, WORKER_QUEUES: queues ?? 'default=1' } : {}),
      ...own,
    };
    const running = await startApiary([`--${role}`], env);
    this.#processes.set(name, running);
    this.#targets.set(name, { role, port });
    await this.#writeTargets(role);
    void running.exit.then(() => {
      // As restart: unless-stopped does.
      if (!this.#isClosing && this.#targets.has(name))
        void this.#startRole({ name, role, ...(queues ? { queues } : {}), env: own });
    });
  }

  get #heardAt(): number {
    // It listens on a port, so that this is no path of a socket.
    return (this.#receiver.address() as AddressInfo).port;
  }

  async #writeTargets(role: string): Promise<void> {
    const targets = [...this.#targets.values()].filter((one) => one.role === role);
    const text = JSON.stringify([{ targets: targets.map(({ port }) => `127.0.0.1:${port}`) }]);
    await mkdir(join(this.folder, 'targets'), { recursive: true });
    await writeFile(join(this.folder, 'targets', `apiary-${role}.json`), text);
  }

  async #startPrometheus(): Promise<void> {
    const port = await freePort();
    this.#prometheusPort = port;
    const config = prometheusSchema.parse(parse(readPage('compose/prometheus/prometheus.yml')));
    const scrapes = config.scrape_configs.map(({ dns_sd_configs: dns, ...scrape }) =>
      dns === undefined
        ? { ...scrape, static_configs: [{ targets: [`127.0.0.1:${port}`] }] }
        : {
            ...scrape,
            file_sd_configs: [
              {
                files: [join(this.folder, 'targets', `${scrape.job_name}.json`)],
                refresh_interval: REFRESH,
              },
            ],
          },
    );
    const rules = { rule_files: [join(ROOT, 'compose/prometheus/alerts.yml')], scrape_configs: scrapes };
    await writeFile(join(this.folder, 'prometheus.yml'), stringify({ ...config, ...rules }));
    const args = [
      `--config.file=${join(this.folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(this.folder, 'prometheus')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ];
    this.#processes.set('prometheus', await startCommand('prometheus', args, {}, this.folder));
    const allScraped = async (): Promise<boolean> => {
      const reply = await this.#ask('targets').catch(() => null);
      const targets = targetsSchema.safeParse(reply).data?.data.activeTargets ?? [];
      return targets.length > this.#targets.size && targets.every(({ health }) => health === 'up');
    };
    await until(allScraped, `every process of the stack ${this.name} was scraped`, START_LIMIT_MS);
  }

  async #ask(path: string): Promise<unknown> {
    const response = await fetch(`http://127.0.0.1:${this.#prometheusPort}/api/v1/${path}`);
    return response.json();
  }

  #service(name: string): z.infer<typeof serviceSchema> {
    return serviceSchema.parse(this.#services[name]);
  }
}

function toText(environment: Readonly<Record<string, string | null>>): Record<string, string> {
  return Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, value ?? '']));
}
