import { cp, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { ROOT, readPage } from '../support/pages.ts';
import { type SpecProcess, startCommand } from '../support/process.ts';
import { emptyProject, type Project } from './project.ts';
import { expectBothHandlers, GREETER, README_HANDLER, SERVICE_ENV } from './service.ts';

describe('handlers in a checkout', function () {
  this.timeout(300_000);
  let checkout: Project;
  let service: SpecProcess | null = null;

  before(async () => {
    checkout = await emptyProject();
    for (const folder of ['lib', 'node_modules']) {
      await symlink(join(ROOT, folder), join(checkout.folder, folder));
    }
    // The setup that npm runs first goes by where it lies: it must not install anew what this very run uses.
    await cp(join(ROOT, 'compose'), join(checkout.folder, 'compose'), { recursive: true, dereference: true });
    for (const file of ['package.json', 'tsconfig.json', 'env.local']) {
      await checkout.write(file, readPage(file));
    }
    await checkout.write('handlers/email.ts', README_HANDLER);
    await checkout.write('handlers/greet.cjs', GREETER);
  });

  after(async () => {
    await service?.stop();
    await checkout.remove();
  });

  it('import the package by its own name under npm start, and lead to its source', async () => {
    service = await startCommand('npm', ['start'], SERVICE_ENV, checkout.folder);

    await expectBothHandlers(service);

    const { code } = await service.stop();
    expect(code).to.equal(0);
  });
});
