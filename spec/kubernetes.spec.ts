import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parse, parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { CONFIG_VARIABLES } from '../lib/config.ts';
import { problemsOf } from './support/kubernetes.ts';

const FOLDER = new URL('../compose/kubernetes/', import.meta.url);
const ROLES = ['worker', 'api', 'monitor'] as const;

const labels = z.record(z.string(), z.string());
const probe = z.looseObject({ httpGet: z.object({ path: z.string(), port: z.string() }) });
const variable = z.object({ name: z.string(), value: z.string() });
const containerSchema = z.looseObject({
  name: z.string(),
  image: z.string(),
  args: z.array(z.string()),
  env: z.array(variable).default([]),
  ports: z.array(z.object({ name: z.string(), containerPort: z.number() })),
  startupProbe: probe,
  livenessProbe: probe,
  readinessProbe: probe,
  securityContext: z.record(z.string(), z.unknown()),
  volumeMounts: z.array(z.looseObject({ name: z.string(), mountPath: z.string() })),
});
const secretItem = z.object({ key: z.string(), path: z.string() });
const volume = z.looseObject({
  name: z.string(),
  secret: z.object({ secretName: z.string(), items: z.array(secretItem) }).optional(),
});
const podSchema = z.looseObject({
  automountServiceAccountToken: z.boolean(),
  terminationGracePeriodSeconds: z.number(),
  securityContext: z.looseObject({}),
  containers: z.tuple([containerSchema]),
  volumes: z.array(volume),
});
const deploymentSchema = z.looseObject({
  kind: z.literal('Deployment'),
  metadata: z.looseObject({ name: z.string() }),
  spec: z.looseObject({
    selector: z.object({ matchLabels: labels }),
    template: z.object({ metadata: z.object({ labels }), spec: podSchema }),
  }),
});
const resourceSchema = z.looseObject({ kind: z.string(), metadata: z.looseObject({ name: z.string() }) });
const kustomizationSchema = z.looseObject({
  resources: z.array(z.string()),
  images: z.array(z.looseObject({ name: z.string(), newTag: z.string() })).default([]),
});

function read(path: string): string {
  return readFileSync(new URL(path, FOLDER), 'utf8');
}

function resourcesOf(path: string): z.infer<typeof resourceSchema>[] {
  return parseAllDocuments(read(path)).map((one) => resourceSchema.parse(one.toJS()));
}

const FILES = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.yaml') && !path.endsWith('kustomization.yaml'))
  .sort();

function deployment(role: string) {
  const found = resourcesOf(`base/${role}.yaml`).find(({ kind }) => kind === 'Deployment');
  return deploymentSchema.parse(found);
}

function podOf(role: string) {
  return deployment(role).spec.template.spec;
}

/** What all roles share, and what this one has beside. */
function environmentOf(role: string): Record<string, string> {
  const [shared] = resourcesOf('base/settings.yaml');
  const own = podOf(role).containers[0].env.map(({ name, value }) => [name, value] as const);
  return { ...z.object({ data: labels }).parse(shared).data, ...Object.fromEntries(own) };
}

describe('the files for Kubernetes', () => {
  for (const path of FILES)
    it(`${path} holds nothing that its schemas do not know`, () => {
      const problems = resourcesOf(path).flatMap(problemsOf);

      expect(problems).to.deep.equal([]);
    });

  it('are all named by a kustomization of their folder', () => {
    for (const folder of ['base', 'keda', 'production']) {
      const { resources } = kustomizationSchema.parse(parse(read(`${folder}/kustomization.yaml`)));
      const files = FILES.filter((path) => path.startsWith(`${folder}/`)).map((path) =>
        path.slice(folder.length + 1),
      );

      expect(resources).to.include.members(files);
    }
  });

  it('take the image of this version', () => {
    const { version } = z.object({ version: z.string() }).parse(JSON.parse(read('../../package.json')));
    const { images } = kustomizationSchema.parse(parse(read('base/kustomization.yaml')));

    expect(images).to.deep.equal([{ name: 'apiary', newTag: version }]);
  });

  for (const role of ROLES)
    describe(`run the ${role}`, () => {
      it('within the restricted profile, without a token of the cluster', () => {
        const pod = podOf(role);
        const [{ securityContext }] = pod.containers;

        expect(pod.automountServiceAccountToken).to.equal(false);
        expect(pod.securityContext).to.deep.equal({
          runAsNonRoot: true,
          seccompProfile: { type: 'RuntimeDefault' },
        });
        expect(securityContext).to.deep.equal({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
      });

      it('with settings that it has, and the secrets that it needs alone', () => {
        const environment = environmentOf(role);
        const pod = podOf(role);
        const secrets = pod.volumes.flatMap(({ secret }) => secret?.items ?? []);
        const mount = pod.containers[0].volumeMounts.find(({ name }) => name === 'secrets');
        const files = Object.entries(environment).filter(([name]) => name.endsWith('_FILE'));

        expect(CONFIG_VARIABLES).to.include.members(Object.keys(environment));
        expect(files.map(([, path]) => path)).to.have.members(
          secrets.map(({ path }) => `${mount?.mountPath}/${path}`),
        );
      });

      it('with probes that it answers, from outside of the pod', () => {
        const [{ args, ports, startupProbe, livenessProbe, readinessProbe }] = podOf(role).containers;
        const environment = environmentOf(role);

        expect(args).to.deep.equal(['start', `--${role}`]);
        expect(startupProbe.httpGet).to.deep.equal({ path: '/healthz', port: 'health' });
        expect(livenessProbe.httpGet).to.deep.equal({ path: '/healthz', port: 'health' });
        expect(readinessProbe.httpGet).to.deep.equal({ path: `/readyz/${role}`, port: 'health' });
        expect(environment['HEALTH_HOST']).to.equal('0.0.0.0');
        expect(ports).to.deep.include({ name: 'health', containerPort: Number(environment['HEALTH_PORT']) });
      });

      it('with more time to end than it takes for itself', () => {
        const pauseMs = role === 'worker' ? 0 : 5_000;
        const shutdownMs = Number(environmentOf(role)['SHUTDOWN_TIMEOUT_MS']);

        expect(podOf(role).terminationGracePeriodSeconds * 1_000).to.be.at.least(
          shutdownMs + pauseMs + 10_000,
        );
      });

      it('behind a budget, a Service and rules that choose its pods', () => {
        const { selector, template } = deployment(role).spec;
        const chosen = resourcesOf(`base/${role}.yaml`).flatMap((one) => selectorsOf(one));

        expect(template.metadata.labels).to.include(selector.matchLabels);
        expect(chosen).to.have.length(role === 'worker' ? 2 : 3);
        for (const one of chosen) expect(template.metadata.labels).to.include(one);
      });
    });

  it('are built into one whole by kustomize', function () {
    const built = spawnSync('kubectl', ['kustomize', new URL('production', FOLDER).pathname], {
      encoding: 'utf8',
    });
    if (built.error) return this.skip();
    const resources = parseAllDocuments(built.stdout).map((one) => resourceSchema.parse(one.toJS()));

    expect(built.stderr).to.equal('');
    expect(resources.flatMap(problemsOf)).to.deep.equal([]);
    expect(resources.filter(({ kind }) => kind === 'Deployment')).to.have.length(ROLES.length);
    for (const { kind, metadata } of resources)
      if (kind !== 'Namespace') expect(metadata['namespace'], metadata.name).to.equal('apiary');
  });
});

/** The labels by which a resource chooses pods. */
function selectorsOf(resource: z.infer<typeof resourceSchema>): Record<string, string>[] {
  const { spec } = z.looseObject({ spec: z.looseObject({ selector: z.unknown() }) }).parse(resource);
  const { selector } = spec;
  const chooses = z.union([z.object({ matchLabels: labels }).transform((one) => one.matchLabels), labels]);
  return [chooses.parse(selector)];
}
