import { join } from 'node:path';
import { expect } from 'chai';
import { startCommand } from '../support/process.ts';
import { MISTAKES, mistaken, mistakesIn, PRINTED, PROGRAM, RESOLUTIONS, tsconfig } from './programs.ts';
import { COMPILE, installedProject, type Project, pack, succeed, type Tarball } from './project.ts';
import { expectBothHandlers, GREETER, README_HANDLER, SERVICE_ENV } from './service.ts';

describe('the package, packed and installed', function () {
  this.timeout(300_000);
  let tarball: Tarball;
  let project: Project;

  before(async () => {
    project = await installedProject();
    tarball = await pack();
    await project.write('program.mts', PROGRAM);
    await project.write('program.cts', PROGRAM);
  });

  after(() => project.remove());

  it('holds the build, the declarations that the entries reach, and nothing else', () => {
    const others = tarball.files.filter((file) => !/^dist\/.*\.(js|cjs|d\.ts|d\.cts|lua|css)$/.test(file));

    expect(others).to.have.members(['LICENSE', 'README.md', 'package.json']);
    expect(tarball.files.filter((file) => file.endsWith('.d.ts'))).to.have.members([
      'dist/index.d.ts',
      'dist/outbox/index.d.ts',
      'dist/testing/index.d.ts',
      'dist/testing/mocha.d.ts',
    ]);
    expect(tarball.files.filter((file) => /^dist\/(server|cli\b).*\.d\.cts$/.test(file))).to.deep.equal([]);
  });

  for (const [resolution, module] of RESOLUTIONS) {
    it(`has types for ESM and CommonJS under ${resolution}`, async () => {
      await project.write('tsconfig.json', tsconfig(resolution, module, ['program.mts', 'program.cts']));

      const compiled = await project.run(process.execPath, COMPILE);

      expect(compiled).to.deep.equal({ code: 0, output: '' });
    });
  }

  for (const kind of ['mjs', 'cjs']) {
    it(`runs jobs in a program compiled to .${kind}, which ends by itself`, async () => {
      const ran = await project.run(process.execPath, [`built-node16/program.${kind}`]);

      expect(ran).to.deep.equal({ code: 0, output: PRINTED });
    });
  }

  it('is one and the same for both kinds of modules', async () => {
    await project.write(
      'same.cjs',
      `const all = ['apiary-jobs', 'apiary-jobs/outbox', 'apiary-jobs/testing'].map(async (name) => {
        const [required, imported] = [require(name), await import(name)];
        return Object.keys(imported).every((key) => required[key] === imported[key]);
      });
      Promise.all(all).then((same) => console.log(same.join()));`,
    );

    expect(await succeed(project, process.execPath, ['same.cjs'])).to.equal('true,true,true\n');
  });

  it('lets the compiler say briefly what is wrong with an option', async () => {
    const files = MISTAKES.map(([, code], at) => [`mistake-${at}.mts`, mistaken(code)] as const);
    for (const [file, text] of files) await project.write(file, text);
    await project.write(
      'tsconfig.json',
      tsconfig(
        'nodenext',
        'nodenext',
        files.map(([file]) => file),
        { checksDeclarations: false },
      ),
    );

    const { code, output } = await project.run(process.execPath, [...COMPILE, '--pretty', 'false']);

    expect(code).to.not.equal(0);
    const said = mistakesIn(output);
    for (const [at, [what, , words]] of MISTAKES.entries()) {
      const lines = said.filter((line) => line.startsWith(`mistake-${at}.mts(`));
      expect(lines, what).to.have.length(1);
      expect(lines[0], what).to.include(words);
      expect(lines[0]?.length, what).to.be.below(400);
    }
    expect(said, output).to.have.length(MISTAKES.length);
  });

  it('has a command line that tells its version and its commands', async () => {
    expect(await succeed(project, 'npx', ['--no', 'apiary', '--version'])).to.match(/^\d+\.\d+\.\d+\n$/);
    expect(await succeed(project, 'npx', ['--no', 'apiary', 'start', '--help'])).to.match(
      /^Usage: apiary start /,
    );
  });

  it('runs the handlers of the project it is installed in, and ends in order', async () => {
    await project.write('email.mts', README_HANDLER);
    await project.write('handlers/greet.cjs', GREETER);
    const options = { outDir: 'handlers', checksDeclarations: false };
    await project.write('tsconfig.json', tsconfig('nodenext', 'nodenext', ['email.mts'], options));
    await succeed(project, process.execPath, COMPILE);
    // Not through npx, which ends at SIGTERM without the program that it started.
    const apiary = join(project.folder, 'node_modules/.bin/apiary');
    const service = await startCommand(apiary, ['start'], SERVICE_ENV, project.folder);
    try {
      await expectBothHandlers(service);
    } finally {
      await service.stop();
    }

    expect(await service.exit).to.deep.equal({ code: 0, signal: null });
  });
});
