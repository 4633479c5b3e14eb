import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import { z } from 'zod';
import { environmentSchema, readCompose } from './support/compose-file.ts';
import { ROOT, readPage } from './support/pages.ts';
import { hasPromtool, promtool } from './support/promtool.ts';

const serviceSchema = z.looseObject({
  image: z.string(),
  profiles: z.array(z.string()),
  command: z.array(z.string()).default([]),
  entrypoint: z.array(z.string()).default([]),
  environment: z.record(z.string(), z.string()).default({}),
  volumes: z.array(z.string()),
  ports: z.array(z.string()),
  healthcheck: z.looseObject({ test: z.array(z.string()) }),
});
const composeSchema = z.looseObject({
  services: z.record(z.string(), z.looseObject({ environment: environmentSchema.default({}) })),
  volumes: z.record(z.string(), z.unknown()),
});
const scrapesSchema = z.looseObject({
  rule_files: z.array(z.string()),
  scrape_configs: z.array(
    z.looseObject({
      job_name: z.string(),
      dns_sd_configs: z
        .array(z.object({ names: z.array(z.string()), type: z.literal('A'), port: z.number() }).loose())
        .default([]),
    }),
  ),
});
const rulesSchema = z.object({
  groups: z.array(
    z.object({
      name: z.string(),
      rules: z.array(
        z.object({
          alert: z.string(),
          expr: z.string(),
          for: z.string().optional(),
          labels: z.object({ severity: z.enum(['warning', 'critical']) }),
          annotations: z.object({ summary: z.string(), description: z.string().optional() }),
        }),
      ),
    }),
  ),
});
const testsSchema = z.looseObject({
  tests: z.array(
    z.looseObject({
      alert_rule_test: z.array(z.looseObject({ alertname: z.string(), exp_alerts: z.array(z.unknown()) })),
    }),
  ),
});
const panelSchema = z.looseObject({
  id: z.number(),
  type: z.string(),
  title: z.string(),
  gridPos: z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() }),
  targets: z.array(z.looseObject({ expr: z.string(), refId: z.string() })).default([]),
});
const dashboardSchema = z.looseObject({
  uid: z.string(),
  panels: z.array(panelSchema),
  templating: z.object({ list: z.array(z.looseObject({ name: z.string(), definition: z.string() })) }),
});

const compose = composeSchema.parse(readCompose());
const { groups } = rulesSchema.parse(readYaml('compose/prometheus/alerts.yml'));
const alerts = groups.flatMap(({ rules }) => rules);
const dashboard = dashboardSchema.parse(JSON.parse(readPage('compose/grafana/dashboards/apiary.json')));
const expressions = [...alerts, ...dashboard.panels.flatMap(({ targets }) => targets)].map(
  ({ expr }) => expr,
);

describe('Prometheus and Grafana beside the roles', () => {
  for (const name of ['prometheus', 'grafana']) {
    describe(name, () => {
      const service = serviceSchema.parse(compose.services[name]);

      it('runs only where its profile is asked for', () => {
        expect(service.profiles).to.deep.equal(['observability']);
      });

      it('comes from an image of one version', () => {
        expect(service.image).to.match(/^[\w/]+:v?\d+\.\d+\.\d+$/);
      });

      it('is published on loopback alone and checked there', () => {
        const [port, ...others] = service.ports;
        const [, number] = /^127\.0\.0\.1:(\d+):\1$/.exec(port ?? '') ?? [];

        expect(others).to.be.empty;
        expect(service.healthcheck.test.join(' ')).to.include(`http://127.0.0.1:${number}/`);
      });

      it('keeps its data on a named volume and can change no other file', () => {
        const [data, ...others] = [...service.volumes].reverse();

        expect(compose.volumes).to.have.property(data?.split(':')[0] ?? '');
        for (const one of others) expect(one).to.match(/^\.\/.*:ro$/);
        expect(service).to.deep.include({ read_only: true, cap_drop: ['ALL'] });
      });

      it('finds the files that it is given', () => {
        const given = service.volumes
          .filter((one) => one.startsWith('./'))
          .map((one) => one.split(':')[0] ?? '');

        expect(given).to.not.be.empty;
        for (const path of given) expect(existsSync(join(ROOT, 'compose', path)), path).to.equal(true);
      });
    });
  }

  it('let nobody who only looks change anything in Grafana', () => {
    const { environment } = serviceSchema.parse(compose.services['grafana']);

    expect(environment).to.include({
      GF_AUTH_ANONYMOUS_ORG_ROLE: 'Viewer',
      GF_AUTH_DISABLE_LOGIN_FORM: 'true',
      GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION: 'true',
    });
  });

  it('scrape every role on its health port', () => {
    const { scrape_configs: scrapes } = scrapesSchema.parse(readYaml('compose/prometheus/prometheus.yml'));
    const found = scrapes.flatMap(({ job_name: job, dns_sd_configs: [dns] }) =>
      dns ? [[job, ...dns.names, String(dns.port)]] : [],
    );

    expect(found).to.deep.equal(
      ['worker', 'api', 'monitor'].map((role) => [
        `apiary-${role}`,
        role,
        compose.services[role]?.environment['HEALTH_PORT'],
      ]),
    );
  });

  it('show a dashboard whose source of data is the one that is provisioned', () => {
    const { datasources } = z
      .looseObject({ datasources: z.array(z.looseObject({ uid: z.string(), url: z.string() })) })
      .parse(readYaml('compose/grafana/provisioning/datasources/prometheus.yml'));
    const named = readPage('compose/grafana/dashboards/apiary.json').matchAll(
      /"type": "prometheus",\s*"uid": "(\w+)"/g,
    );

    expect([...new Set([...named].map(([, uid]) => uid))]).to.deep.equal(datasources.map(({ uid }) => uid));
    expect(datasources[0]?.url).to.equal('http://prometheus:9090');
  });

  it('give every panel a place of its own', () => {
    const { panels } = dashboard;
    const cells = panels.flatMap(({ id, gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, at) => ({ id, cell: `${x + (at % w)},${y + Math.floor(at / w)}` })),
    );

    expect(new Set(cells.map(({ cell }) => cell)).size).to.equal(cells.length);
    expect(new Set(panels.map(({ id }) => id)).size).to.equal(panels.length);
    for (const { gridPos } of panels) expect(gridPos.x + gridPos.w).to.be.at.most(24);
  });
});

describe('the alerts and the dashboard', () => {
  /** The labels of each metric that the docs list, which are those that there are. */
  const documented = new Map(
    [...readPage('docs/metrics.md').matchAll(/^\| `(apiary_\w+)` \| (\w+) \| ([^|]*)\|/gm)].map(
      ([, name = '', type, cell = '']): [string, { type: string | undefined; labels: string[] }] => [
        name,
        { type, labels: [...cell.matchAll(/`(\w+)`/g)].map(([, label = '']) => label) },
      ],
    ),
  );
  const metricOf = (series: string): string => {
    const base = series.replace(/_(bucket|sum|count)$/, '');
    return documented.get(base)?.type === 'histogram' ? base : series;
  };

  it('ask for metrics that there are', () => {
    const texts = [...expressions, ...dashboard.templating.list.map(({ definition }) => definition)];
    const asked = texts.flatMap((text) => text.match(/\bapiary_\w+/g) ?? []);

    expect(asked).to.not.be.empty;
    for (const series of asked) expect([...documented.keys()], series).to.include(metricOf(series));
  });

  it('select and group by labels that the metrics have', () => {
    for (const expr of expressions) {
      for (const [, series = '', selector = ''] of expr.matchAll(/\b(apiary_\w+)\{([^}]*)\}/g)) {
        const names = [...selector.matchAll(/(\w+)\s*(?:=|!)/g)].map(([, name]) => name);
        const has = [...(documented.get(metricOf(series))?.labels ?? []), 'job', 'instance'];
        for (const name of names) expect(has, `${series} in ${expr}`).to.include(name);
      }
      for (const [, by = '', series = ''] of expr.matchAll(
        /by \(([^)]*)\)[^a]*?\b(?:rate|increase)?\(?(apiary_\w+)/g,
      )) {
        const has = [...(documented.get(metricOf(series))?.labels ?? []), 'job', 'instance', 'le'];
        for (const name of by.split(/,\s*/)) expect(has, `${series} in ${expr}`).to.include(name);
      }
    }
  });

  it('are those that the docs list', () => {
    const listed = [...readPage('docs/metrics.md').matchAll(/^\| `(Apiary\w+)` \| (\w+) \|/gm)];

    expect(listed.map(([, name, severity]) => `${name} ${severity}`)).to.deep.equal(
      alerts.map(({ alert, labels }) => `${alert} ${labels.severity}`),
    );
  });

  it('are each tried in a case in which they tell and in one in which they do not', () => {
    const { tests } = testsSchema.parse(readYaml('compose/prometheus/alerts.test.yml'));
    const tried = tests.flatMap(({ alert_rule_test: one }) => one);

    for (const { alert } of alerts) {
      const counts = tried.filter(({ alertname }) => alertname === alert).map((one) => one.exp_alerts.length);
      expect(Math.max(...counts), alert).to.be.above(0);
      expect(Math.min(...counts), alert).to.equal(0);
    }
  });

  it('come from every file of rules', () => {
    const { rule_files: files } = scrapesSchema.parse(readYaml('compose/prometheus/prometheus.yml'));

    expect(files).to.deep.equal(['alerts.yml']);
    expect(readdirSync(join(ROOT, 'compose/prometheus'))).to.include.members(files);
  });
});

describe('what Prometheus itself says', () => {
  before(async function () {
    if (!(await hasPromtool())) this.skip();
  });

  it('takes the configuration and the rules', async () => {
    await promtool('check', 'config', join(ROOT, 'compose/prometheus/prometheus.yml'));
  });

  it('alerts when it is to, and only then', async () => {
    await promtool('test', 'rules', join(ROOT, 'compose/prometheus/alerts.test.yml'));
  }).timeout(120_000);

  it('can read every expression of the dashboard', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'apiary-rules-'));
    try {
      const file = join(folder, 'rules.yml');
      const targets = dashboard.panels.flatMap((panel) => panel.targets);
      const rules = targets.map(({ expr }, at) => ({
        record: `panel:${at}`,
        expr: expr.replaceAll('$queue', '.*').replaceAll('$__rate_interval', '1m'),
      }));
      await writeFile(file, JSON.stringify({ groups: [{ name: 'dashboard', rules }] }));

      expect(await promtool('check', 'rules', file)).to.include(`${rules.length} rules found`);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('Grafana in production', () => {
  const overlay = parse(readPage('compose/production.yaml'), {
    merge: true,
    customTags: [{ tag: '!reset', collection: 'seq', identify: () => false } as const],
  });
  const { services } = z
    .looseObject({
      services: z.looseObject({
        grafana: z.looseObject({
          entrypoint: z.array(z.string()),
          environment: z.record(z.string(), z.string()),
        }),
        prometheus: z.looseObject({ ports: z.array(z.unknown()) }),
      }),
    })
    .parse(overlay);

  /** Runs what starts it, but for Grafana itself; resolves with the exit code and what it said. */
  function start(password: string): Promise<{ code: number; said: string }> {
    const [shell = '', ...args] = services.grafana.entrypoint.map((arg) =>
      arg.replaceAll('$$', '$').replace('exec /run.sh', 'exec echo started'),
    );
    return new Promise((resolve) => {
      execFile(shell, args, { env: { GF_SECURITY_ADMIN_PASSWORD: password } }, (error, stdout, stderr) =>
        resolve({ code: typeof error?.code === 'number' ? error.code : 0, said: stdout + stderr }),
      );
    });
  }

  it('starts with a password and refuses to without', async () => {
    expect(await start('secret')).to.deep.equal({ code: 0, said: 'started\n' });
    const refused = await start('');
    expect(refused.code).to.equal(1);
    expect(refused.said).to.match(/^GRAFANA_PASSWORD must be set/);
  });

  it('asks everybody for it, and Prometheus is not published at all', () => {
    expect(services.grafana.environment).to.deep.include({
      GF_AUTH_ANONYMOUS_ENABLED: 'false',
      GF_SECURITY_ADMIN_PASSWORD: `\${GRAFANA_PASSWORD:-}`,
    });
    expect(services.prometheus.ports).to.be.empty;
  });
});

function readYaml(path: string): unknown {
  return parse(readPage(path), { merge: true });
}
