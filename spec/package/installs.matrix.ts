import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { startCommand } from '../support/process.ts';
import { MISTAKES, mistaken, mistakesIn, PRINTED, PROGRAM, RESOLUTIONS, tsconfig } from './programs.ts';
import { emptyProject, type Project, pack, type Ran, succeed, type Tarball } from './project.ts';
import { expectBothHandlers, GREETER, README_HANDLER, SERVICE_ENV } from './service.ts';

/** The oldest Node that `engines` allows, the lines that are supported for years, and that of the image. */
const NODES = ['20.19.0', '22', '24', '26'];
/** Those that run TypeScript by themselves. */
const TYPED_NODES = NODES.slice(1);

/** Versions of TypeScript, each with the types of Node that a project of its time has. */
const COMPILERS = [
  ['5.4', '20'],
  ['5.9', '24'],
  ['7', 'latest'],
] as const;

describe('the package in fresh projects', () => {
  let tarball: Tarball;

  before(async () => {
    tarball = await pack();
  });

  async function install(packages: readonly string[]): Promise<Project> {
    const project = await emptyProject();
    await project.write('package.json', '{"private":true}');
    await copyFile(tarball.path, join(project.folder, 'apiary-jobs.tgz'));
    const quiet = ['--no-audit', '--no-fund', '--prefer-offline'];
    await succeed(project, 'npm', ['install', ...quiet, './apiary-jobs.tgz', ...packages]);
    await project.write('program.mts', PROGRAM);
    await project.write('program.cts', PROGRAM);
    return project;
  }

  for (const [version, nodeTypes] of COMPILERS) {
    describe(`with TypeScript ${version}`, () => {
      let project: Project;

      before(async () => {
        project = await install([`typescript@${version}`, `@types/node@${nodeTypes}`, 'zod']);
      });

      after(() => project.remove());

      const compile = () => compileIn(project);

      for (const [resolution, module] of RESOLUTIONS) {
        it(`has types for ESM and CommonJS under ${resolution}`, async () => {
          await project.write('tsconfig.json', tsconfig(resolution, module, ['program.mts', 'program.cts']));

          expect(await compile()).to.deep.equal({ code: 0, output: '' });
        });
      }

      for (const kind of ['mts', 'cts']) {
        it(`says what is wrong with an option, in .${kind}`, async () => {
          const files = MISTAKES.map((_, at) => `mistake-${at}.${kind}`);
          for (const [at, [, code]] of MISTAKES.entries()) {
            await project.write(`mistake-${at}.${kind}`, mistaken(code));
          }
          await project.write('tsconfig.json', tsconfig('node16', 'node16', files));

          const said = mistakesIn((await compile()).output);

          for (const [at, [what, , words]] of MISTAKES.entries()) {
            const lines = said.filter((line) => line.startsWith(`mistake-${at}.${kind}(`));
            expect(lines.join('\n'), what).to.include(words);
          }
          expect(said, said.join('\n')).to.have.length(MISTAKES.length);
        });
      }
    });
  }

  describe('with the newest types of Node, which npm brings by itself', () => {
    it('has types that resolve', async () => {
      const project = await install(['typescript', 'zod']);
      await project.write('tsconfig.json', tsconfig('nodenext', 'nodenext', ['program.mts', 'program.cts']));

      const compiled = await compileIn(project);

      await project.remove();
      expect(compiled).to.deep.equal({ code: 0, output: '' });
    });
  });

  describe('on Node', () => {
    let project: Project;

    before(async () => {
      // Each program of Node is a package of its own on the registry, by platform.
      const name = `node-${process.platform}-${process.arch}`;
      const nodes = NODES.map((version) => `node-${version}@npm:${name}@${version}`);
      project = await install(['typescript', 'zod', ...nodes]);
      await project.write('tsconfig.json', tsconfig('node16', 'node16', ['program.mts', 'program.cts']));
      expect(await compileIn(project)).to.deep.equal({ code: 0, output: '' });
    });

    after(() => project.remove());

    const nodeOf = (version: string): string => join(project.folder, `node_modules/node-${version}/bin/node`);

    for (const version of NODES) {
      for (const kind of ['mjs', 'cjs']) {
        it(`${version} runs a program in .${kind}, which ends by itself`, async () => {
          expect(await project.run(nodeOf(version), [`built-node16/program.${kind}`])).to.deep.equal({
            code: 0,
            output: PRINTED,
          });
        });
      }
    }

    for (const version of TYPED_NODES) {
      it(`${version} starts the service with handlers in TypeScript and in CommonJS`, async () => {
        await project.write('handlers/email.mts', README_HANDLER);
        await project.write('handlers/greet.cjs', GREETER);
        const cli = 'node_modules/apiary-jobs/dist/cli.js';
        const service = await startCommand(nodeOf(version), [cli, 'start'], SERVICE_ENV, project.folder);
        try {
          await expectBothHandlers(service);
        } finally {
          await service.stop();
        }

        expect(await service.exit).to.deep.equal({ code: 0, signal: null });
      });
    }
  });
});

/** Runs the compiler that the project has installed. */
function compileIn(project: Project): Promise<Ran> {
  return project.run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', '.', '--pretty', 'false']);
}
