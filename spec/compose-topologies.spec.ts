import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parse } from 'yaml';
import { z } from 'zod';
import { parseRedisUrl } from '../lib/redis/url.ts';
import { environmentSchema } from './support/compose-file.ts';
import { interpolate } from './support/interpolate.ts';

const ROLES = ['worker', 'api', 'monitor'] as const;
const DATA = ['redis', 'redis-2', 'redis-3'] as const;

const waited = z.record(z.string(), z.object({ condition: z.string() })).default({});
const serviceSchema = z.looseObject({
  command: z.tuple([z.literal('sh'), z.literal('-c'), z.string()]).optional(),
  environment: environmentSchema.default({}),
  ports: z.array(z.string()).default([]),
  depends_on: waited,
  volumes: z.array(z.string()).default([]),
});
const overlaySchema = z.looseObject({
  services: z.record(z.string(), serviceSchema),
  volumes: z.record(z.string(), z.null()),
});

/** An overlay as Compose reads it where these variables are set. */
function overlay(name: string, env: Readonly<Record<string, string>> = {}) {
  const text = readFileSync(new URL(`../compose/${name}`, import.meta.url), 'utf8');
  const customTags = [{ tag: '!reset', collection: 'seq', identify: () => false } as const];
  return overlaySchema.parse(parse(interpolate(text, env), { merge: true, customTags }));
}

function servicesOf(name: string, env: Readonly<Record<string, string>> = {}) {
  return Object.entries(overlay(name, env).services);
}

for (const name of ['sentinel.yaml', 'cluster.yaml']) {
  describe(name, () => {
    const added = () => servicesOf(name).filter(([service]) => !ROLES.some((role) => role === service));

    it('has every role use what it brings up, and wait until that serves', () => {
      const { services } = overlay(name);
      for (const role of ROLES) {
        const { environment, depends_on } = services[role] ?? serviceSchema.parse({});
        expect(parseRedisUrl(environment['REDIS_URL'] ?? '').kind).to.equal(name.replace('.yaml', ''));
        for (const awaited of Object.keys(depends_on)) expect(services).to.have.property(awaited);
        expect(depends_on).to.not.deep.equal({});
      }
    });

    it('gives the password to all that must say it', () => {
      const { services } = overlay(name, { REDIS_PASSWORD: 's3cret' });
      for (const role of ROLES)
        expect(parseRedisUrl(services[role]?.environment['REDIS_URL'] ?? '').options).to.include({
          password: 's3cret',
        });
      for (const server of DATA) {
        expect(services[server]?.environment).to.include({
          REDIS_PASSWORD: 's3cret',
          REDISCLI_AUTH: 's3cret',
        });
        expect(services[server]?.command?.[2]).to.match(/--requirepass .*--masterauth /s);
      }
    });

    it('publishes no port, and bounds memory and logs of all that it adds', () => {
      for (const [service, { ports, mem_limit, logging }] of added()) {
        expect(ports, service).to.deep.equal([]);
        expect(mem_limit, service).to.match(/^\d+[mg]$/);
        expect(logging, service).to.deep.equal({
          driver: 'local',
          options: { 'max-size': '10m', 'max-file': '5' },
        });
      }
    });

    it('keeps what each server must remember on a volume of its own', () => {
      const { volumes } = overlay(name);
      const used = added().flatMap(([, service]) => service.volumes);

      expect(used.map((mount) => mount.split(':')[0])).to.have.members(Object.keys(volumes));
      expect(used.every((mount) => mount.endsWith(':/data'))).to.equal(true);
    });

    it('has commands that a shell can read', () => {
      for (const [service, { command }] of added()) {
        if (!command) continue;
        const { status, stderr } = spawnSync('sh', ['-n', '-c', command[2]]);
        expect(status, `${service}: ${stderr}`).to.equal(0);
      }
    });
  });
}

describe('the cluster of cluster.yaml', () => {
  it('is made of the nodes that are there, by the addresses that they have', () => {
    const { services } = overlay('cluster.yaml');
    const addresses = [...JSON.stringify(services).matchAll(/"ipv4_address":"([\d.]+)"/g)].map(
      ([, address]) => address,
    );
    const made = [...(services['cluster']?.command?.[2] ?? '').matchAll(/([\d.]+):6379/g)].map(
      ([, address]) => address,
    );

    expect(new Set(addresses).size).to.equal(6);
    expect(made).to.deep.equal(addresses);
  });
});
