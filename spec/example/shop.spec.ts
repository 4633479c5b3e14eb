import { cp, mkdir, readdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { COMPILE, emptyProject, type Project, pack, succeed } from '../package/project.ts';
import { ROOT } from '../support/pages.ts';

const SHOP = join(ROOT, 'spec/example/shop');
const MODULES = join(ROOT, 'node_modules');

/** A project of its own, written from docs/testing.md: it has nothing of ours but the package as it is published. */
describe('a shop with specs of its own', function () {
  this.timeout(300_000);

  for (const type of ['module', 'commonjs']) {
    describe(`as ${type}`, () => {
      let project: Project;

      before(async () => {
        project = await emptyProject();
        await cp(SHOP, project.folder, { recursive: true });
        const manifest: object = JSON.parse(await readFile(join(SHOP, 'package.json'), 'utf8'));
        await project.write('package.json', JSON.stringify({ ...manifest, type }));
        await install(project);
        // Both kinds of modules have the same declarations: once they are checked as well.
        await succeed(project, process.execPath, [...COMPILE, '--skipLibCheck', String(type !== 'module')]);
      });
      after(() => project.remove());

      for (const options of [
        ['--require', 'apiary-jobs/testing/mocha'],
        ['--parallel', '--jobs', '2'],
      ]) {
        it(`passes its specs with ${options.join(' ')}`, async () => {
          const mocha = join(project.folder, 'node_modules/mocha/bin/mocha.js');

          const { code, output } = await project.run(process.execPath, [mocha, ...options]);

          expect(code, output).to.equal(0);
          expect(output).to.include('7 passing');
        });
      }
    });
  }
});

/** Unpacks what would be published, beside links to the packages that are here already. */
async function install(project: Project): Promise<void> {
  const modules = join(project.folder, 'node_modules');
  await mkdir(join(modules, 'apiary-jobs'), { recursive: true });
  // Mocha looks for what it is to require from where it is itself.
  await cp(join(MODULES, 'mocha'), join(modules, 'mocha'), { recursive: true });
  for (const name of await readdir(MODULES))
    if (name !== 'apiary-jobs' && name !== 'mocha') await symlink(join(MODULES, name), join(modules, name));
  const { path } = await pack();
  await succeed(project, 'tar', ['-xzf', path, '-C', join(modules, 'apiary-jobs'), '--strip-components=1']);
}
