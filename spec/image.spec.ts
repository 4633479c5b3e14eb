import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { z } from 'zod';

describe('the image', () => {
  const stages = read('compose/Dockerfile').split(/^(?=FROM )/m);
  const stage = (name: string) =>
    stages.find((text) => new RegExp(`^FROM .* AS ${name}$`, 'm').test(text)) ?? '';
  const final = stages.at(-1) ?? '';

  it('is built on an even line of Node, the kind that is supported for years', () => {
    const [, major] = /^ARG NODE_VERSION=(\d+)$/m.exec(stages[0] ?? '') ?? [];

    expect(Number(major)).to.be.at.least(24);
    expect(Number(major) % 2).to.equal(0);
  });

  it('is given only what it copies from the checkout', () => {
    const [first, ...allowed] = read('compose/Dockerfile.dockerignore')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    const copied = [...stages.join('').matchAll(/^COPY (?!--from)(.*) \S+$/gm)].flatMap(([, paths = '']) =>
      paths.split(' '),
    );

    expect(first).to.equal('*');
    expect(new Set(allowed)).to.deep.equal(new Set(copied.map((path) => `!${path}`)));
  });

  it('has the dependencies of production and no others', () => {
    expect(stage('build')).to.match(/npm ci --ignore-scripts$/m);
    expect(stage('dependencies')).to.match(/npm ci --omit=dev .*--ignore-scripts$/m);
    expect(final).to.include('COPY --from=dependencies /app/node_modules node_modules');
    expect(final).to.include('ENV NODE_ENV=production');
  });

  it('has the driver of PostgreSQL beside them, for the role relay', () => {
    const [asked = '', installed = ''] = stage('dependencies').split(/(?=npm ci)/);

    expect(asked)
      .to.include('npm pkg set "dependencies.pg=*"')
      .and.include('npm pkg delete devDependencies.pg');
    expect(installed).to.match(/^npm ci --omit=dev /);
  });

  it('finds among them every package that lib imports', () => {
    const { dependencies } = z
      .object({ dependencies: z.record(z.string(), z.string()) })
      .parse(JSON.parse(read('package.json')));
    const imported = readdirSync(new URL('../lib', import.meta.url), { recursive: true, encoding: 'utf8' })
      .filter((path) => /\.tsx?$/.test(path))
      .flatMap((path) => packagesOf(read(`lib/${path}`)));

    expect(imported).not.to.be.empty;
    expect(Object.keys(dependencies)).to.include.members(imported);
  });

  it('carries the version of the package in its labels', () => {
    const { version } = z.object({ version: z.string() }).parse(JSON.parse(read('package.json')));

    expect(final).to.include(`\nARG VERSION=${version}\n`);
    for (const label of ['title', 'description', 'licenses', 'version', 'revision'])
      expect(final).to.match(new RegExp(`org\\.opencontainers\\.image\\.${label}="`));
  });

  it('runs the command line as a user who is not root', () => {
    // By number: Kubernetes' runAsNonRoot takes no name.
    expect(final).to.match(/^USER [1-9]\d*:[1-9]\d*$/m);
    expect(final).to.match(/^ENTRYPOINT \["node", "dist\/cli\.js"\]$/m);
    expect(final).to.match(/^CMD \["start"\]$/m);
    expect(final).to.match(/^EXPOSE 8080 8081$/m);
    expect(final).to.match(/^STOPSIGNAL SIGTERM$/m);
  });
});

function read(path: string): string {
  return readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
}

/** The packages that a module loads when it runs; a type is gone by then. */
function packagesOf(source: string): string[] {
  const imports = source.matchAll(
    /^(?:import|export) (?!type\b)[^;]*?from '(?!node:|\.)((?:@[^/']+\/)?[^/']+)/gm,
  );
  return [...imports].map(([, name = '']) => name);
}
