import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { CONFIG_VARIABLES, type Config, loadConfig } from '../lib/config.ts';
import { refusal } from './support/refusal.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const HASH = `scrypt$32768$8$1$${'c2FsdHNhbHRzYWx0c2E'}$${'a'.repeat(43)}`;
const SIGNING_KEY = Buffer.alloc(32, 7).toString('base64');

/** Loads without env.local, whatever somebody has written there. */
const load = (variables: NodeJS.ProcessEnv): Config => loadConfig({ NODE_ENV: 'test', ...variables });

describe('secrets from files', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'apiary-secrets-'));
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  const file = (text: string): string => {
    const path = join(folder, 'secret');
    writeFileSync(path, text);
    return path;
  };

  for (const [name, text, read] of [
    ['REDIS_URL', 'redis://:hunter2@redis:6379/2', ({ redisUrl }: Config) => redisUrl],
    ['API_KEYS', 'shop:hunter2,billing:hunter3', ({ api }: Config) => api.keys],
    ['MONITOR_USERS', `ada:${HASH}:operator,grace:${HASH}:viewer`, ({ monitor }: Config) => monitor.users],
    [
      'MONITOR_SOURCES',
      'eu=redis://:hunter2@eu,us:read-only=redis-cluster://:hunter2@us1,us2',
      ({ monitor }: Config) => monitor.sources,
    ],
    ['WEBHOOK_SECRET', `whsec_${SIGNING_KEY}`, ({ webhook }: Config) => webhook.secret],
  ] as const) {
    it(`reads ${name} from its file as from the variable, with or without a line break at its end`, () => {
      for (const end of ['', '\n', '\r\n'])
        expect(read(load({ [`${name}_FILE`]: file(text + end) }))).to.eql(read(load({ [name]: text })));
    });

    it(`refuses ${name} and its file together`, () => {
      const error = refusal(() => load({ [name]: text, [`${name}_FILE`]: file(text) }));

      expect([error.code, error.message]).to.eql([
        'CONFIG_INVALID',
        `${name} and ${name}_FILE are both set; set one of them`,
      ]);
    });

    it(`names the file of ${name} when its value is wrong, and shows nothing of it`, () => {
      const error = refusal(() => load({ [`${name}_FILE`]: file('hunter2 is no value') }));

      expect(error.message).to.match(new RegExp(`^${name}_FILE is a value that is not shown; allowed: `));
      expect(JSON.stringify([error.message, error.problems])).not.to.contain('hunter2');
    });

    for (const [what, path] of [
      ['is not there', () => join(folder, 'none')],
      ['is a folder', () => folder],
      ['is empty', () => file('\n')],
    ] as const) {
      it(`refuses a file of ${name} that ${what}, in one line`, () => {
        const error = refusal(() => load({ [`${name}_FILE`]: path() }));

        expect(error.message).to.match(
          new RegExp(`^${name}_FILE is ".*", which (cannot be read: |is empty)`),
        );
        expect(error.problems.map(({ path: at }) => at)).to.eql([`${name}_FILE`]);
      });
    }
  }

  it('is offered for every secret, and for nothing else', () => {
    expect(CONFIG_VARIABLES.filter((name) => name.endsWith('_FILE'))).to.eql(
      [
        ...['REDIS_URL', 'OUTBOX_URL', 'API_KEYS', 'MONITOR_USERS', 'MONITOR_SOURCES'],
        ...['OIDC_CLIENT_SECRET', 'WEBHOOK_SECRET', 'ALERT_WEBHOOK_URL', 'JOB_ENCRYPTION_KEYS'],
      ].map((name) => `${name}_FILE`),
    );
  });

  it('reads a list line by line', () => {
    const path = file('shop:hunter2\n\n  billing:hunter3\r\n');

    expect(load({ API_KEYS_FILE: path }).api.keys.map(({ name }) => name)).to.eql(['shop', 'billing']);
  });

  it('leaves out lines that begin with #, commas in them too', () => {
    const path = file('# keys, by team\nshop:hunter2\n  # billing:old,\nbilling:hunter#3\n');

    expect(load({ API_KEYS_FILE: path }).api.keys.map(({ name }) => name)).to.eql(['shop', 'billing']);
  });

  it('is empty with nothing but such lines', () => {
    const error = refusal(() => load({ MONITOR_USERS_FILE: file('# nobody yet\n') }));

    expect(error.message).to.match(/^MONITOR_USERS_FILE is .*, which is empty$/);
  });

  it('serves as the REDIS_URL that production needs', () => {
    const path = file('redis://redis:6379\n');

    expect(loadConfig({ NODE_ENV: 'production', REDIS_URL_FILE: path }).redisUrl).to.equal(
      'redis://redis:6379',
    );
  });

  it('is judged for production only where it can be read', () => {
    const path = file('\u0000::::\n');

    for (const given of [{ API_KEYS: 'nonsense' }, { API_KEYS_FILE: path }]) {
      const error = refusal(() => loadConfig({ NODE_ENV: 'production', ...given }));

      expect(error.code).to.equal('CONFIG_INVALID');
      expect(error.message).to.match(/^API_KEYS(_FILE)? is .* \(and 1 more: REDIS_URL\)$/);
    }
  });

  it('takes an empty variable for not set', () => {
    expect(load({ API_KEYS_FILE: '', API_KEYS: 'shop:hunter2' }).api.keys).to.have.length(1);
  });
});

describe('secrets of API keys', () => {
  const PRODUCTION = { NODE_ENV: 'production', REDIS_URL: 'redis://redis:6379' };

  it('have at least 16 bytes in production', () => {
    const API_KEYS = `shop:${'s'.repeat(15)},billing:${'b'.repeat(16)},bank:${'c'.repeat(3)}`;
    const error = refusal(() => loadConfig({ ...PRODUCTION, API_KEYS }));

    expect(error.code).to.equal('CONFIG_INVALID');
    expect(error.message).to.match(/^API_KEYS has a secret shorter than 16 bytes, for shop, bank; /);
    expect(error.message).to.not.contain('ccc');
    expect(loadConfig({ ...PRODUCTION, API_KEYS: `billing:${'b'.repeat(16)}` }).api.keys).to.have.length(1);
  });

  it('may be shorter elsewhere', () => {
    expect(load({ API_KEYS: 'shop:x' }).api.keys).to.have.length(1);
  });

  for (const secret of ['pässword-of-sixteen', 'пароль-длинный-он', 'zero\u200bwidth-of-sixteen']) {
    it(`are refused when no header can bring them: ${JSON.stringify(secret)}`, () => {
      expect(refusal(() => load({ API_KEYS: `shop:${secret}` })).message).to.match(
        /^API_KEYS is .* in ASCII without colons/,
      );
    });
  }
});

describe('env.local of an installed package', function () {
  this.timeout(300_000);
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'apiary-installed-'));
    // As the package is built; this module alone stands for it.
    const build = `import { bundle } from '${pathToFileURL(join(ROOT, 'compose/bundle.mjs'))}';
      await bundle(['config'], process.argv[1]);`;
    execFileSync(process.execPath, ['--input-type=module', '-e', build, join(folder, 'dist')], { cwd: ROOT });
  });

  after(() => rmSync(folder, { recursive: true }));

  /** What the built program makes of an environment without a single setting, where it is installed. */
  function allowPrivateAt(place: string, more: readonly string[] = []): unknown {
    mkdirSync(place, { recursive: true });
    cpSync(join(folder, 'dist'), join(place, 'dist'), { recursive: true });
    for (const name of ['package.json', 'env.local', ...more])
      cpSync(join(ROOT, name), join(place, name), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(place, 'node_modules'));
    const script = `import('./dist/config.js').then(({ loadConfig }) =>
      console.log(JSON.stringify(loadConfig({}).webhook.allowPrivate)))`;
    return JSON.parse(execFileSync(process.execPath, ['-e', script], { cwd: place, encoding: 'utf8' }));
  }

  it('opens nothing, even where the file came along', () => {
    expect(allowPrivateAt(join(folder, 'app/node_modules/apiary'))).to.equal(false);
    expect(allowPrivateAt(join(folder, 'app/node_modules/source'), ['lib'])).to.equal(false);
    expect(allowPrivateAt(join(folder, 'opt/apiary'))).to.equal(false);
  });

  it('is read in a checkout, by the build too', () => {
    expect(allowPrivateAt(join(folder, 'checkout'), ['lib'])).to.equal(true);
  });

  it('is not in the package', () => {
    const listed = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      cwd: ROOT,
      encoding: 'utf8',
    });

    expect(listed).to.not.contain('env.local');
  });
});
