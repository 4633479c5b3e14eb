import { once } from 'node:events';
import { request } from 'node:http';
import { connect, type LookupFunction } from 'node:net';
import { expect } from 'chai';
import { DiscardJob } from '../../lib/errors.ts';
import { guardTarget, isForbiddenAddress, type ResolveHost } from '../../lib/handlers/address-guard.ts';

// Global unicast that IANA has not given to anyone: public by the rules, and no packet to it arrives anywhere.
const UNROUTED = '2d00::1';

/** A resolver that gives these answers in turn, the last one for ever, and counts how often it was asked. */
function resolverOf(...answers: string[][]): { resolve: ResolveHost; calls: () => number } {
  let calls = 0;
  const resolve: ResolveHost = async () => {
    const addresses = answers[Math.min(calls, answers.length - 1)] ?? [];
    calls += 1;
    return addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  };
  return { resolve, calls: () => calls };
}

function ask(lookup: LookupFunction, all: boolean, name = 'hook.test'): Promise<unknown> {
  return new Promise((resolve, reject) => {
    lookup(name, { all }, (error, address, family) => (error ? reject(error) : resolve([address, family])));
  });
}

async function rejectionOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.fail('nothing was refused'),
    (error: unknown) => error,
  );
}

/** The IANA special-purpose registries: the first and the last address of each block. */
const REGISTRY: readonly (readonly [block: string, first: string, last: string])[] = [
  ['this network', '0.0.0.0', '0.255.255.255'],
  ['private use, 10', '10.0.0.0', '10.255.255.255'],
  ['shared address space', '100.64.0.0', '100.127.255.255'],
  ['loopback', '127.0.0.0', '127.255.255.255'],
  ['link-local', '169.254.0.0', '169.254.255.255'],
  ['private use, 172.16', '172.16.0.0', '172.31.255.255'],
  ['protocol assignments', '192.0.0.0', '192.0.0.255'],
  ['documentation, TEST-NET-1', '192.0.2.0', '192.0.2.255'],
  ['AS112-v4', '192.31.196.0', '192.31.196.255'],
  ['AMT', '192.52.193.0', '192.52.193.255'],
  ['6to4 relay anycast', '192.88.99.0', '192.88.99.255'],
  ['private use, 192.168', '192.168.0.0', '192.168.255.255'],
  ['direct delegation AS112', '192.175.48.0', '192.175.48.255'],
  ['benchmarking', '198.18.0.0', '198.19.255.255'],
  ['documentation, TEST-NET-2', '198.51.100.0', '198.51.100.255'],
  ['documentation, TEST-NET-3', '203.0.113.0', '203.0.113.255'],
  ['multicast', '224.0.0.0', '239.255.255.255'],
  ['reserved', '240.0.0.0', '255.255.255.255'],
  ['loopback, IPv6', '::1', '::1'],
  ['unspecified, IPv6', '::', '::'],
  ['IPv4-compatible, withdrawn', '::0.0.0.2', '::255.255.255.255'],
  ['local-use translation', '64:ff9b:1::', '64:ff9b:1:ffff:ffff:ffff:ffff:ffff'],
  ['discard-only', '100::', '100::ffff:ffff:ffff:ffff'],
  ['dummy prefix', '100:0:0:1::', '100:0:0:1:ffff:ffff:ffff:ffff'],
  ['protocol assignments, IPv6', '2001::', '2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['documentation, IPv6', '2001:db8::', '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['6to4', '2002::', '2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['direct delegation AS112, IPv6', '2620:4f:8000::', '2620:4f:8000:ffff:ffff:ffff:ffff:ffff'],
  ['documentation, 3fff', '3fff::', '3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['segment routing', '5f00::', '5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['unique-local', 'fc00::', 'fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['link-local, IPv6', 'fe80::', 'febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['site-local, withdrawn', 'fec0::', 'feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['multicast, IPv6', 'ff00::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
];

describe('isForbiddenAddress', () => {
  for (const [block, first, last] of REGISTRY) {
    it(`forbids the whole block of ${block}`, () => {
      for (const address of [first, last]) {
        expect(isForbiddenAddress(address), address).to.equal(true);
        if (address.includes(':')) continue;
        for (const carrier of ['::ffff:', '64:ff9b::', '2002:7f00:1::', '64:ff9b:1::'])
          expect(isForbiddenAddress(carrier + address), carrier + address).to.equal(true);
      }
    });
  }

  for (const address of [
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '127.0.0.1',
    '127.255.255.254',
    '168.63.129.16',
    '::ffff:168.63.129.16',
    '64:ff9b::a83f:8110',
    '100.100.100.200',
    '192.0.0.192',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.8',
    '192.0.2.1',
    '192.168.1.1',
    '198.18.0.1',
    '198.51.100.7',
    '203.0.113.9',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::127.0.0.1',
    'fe80::1',
    'fe80::1%eth0',
    'fec0::1',
    'fc00::1',
    'fd00:ec2::254',
    'ff02::1',
    '100::1',
    '2001::1',
    '2001:db8::1',
    '3fff::1',
    '64:ff9b:1::1',
    '::ffff:127.0.0.1',
    '::ffff:a00:1',
    '::ffff:169.254.169.254',
    '64:ff9b::10.0.0.1',
    '64:ff9b::c0a8:101',
    '2002:7f00:1::',
    '2002:c0a8:101::1',
    '2002:a9fe:a9fe::1',
    'localhost',
    '',
  ]) {
    it(`forbids ${JSON.stringify(address)}`, () => {
      expect(isForbiddenAddress(address)).to.equal(true);
    });
  }

  for (const address of [
    '1.1.1.1',
    '9.255.255.255',
    '100.63.255.255',
    '100.128.0.1',
    '172.15.255.255',
    '172.32.0.1',
    '192.0.1.1',
    '223.255.255.255',
    '2606:4700::1111',
    '2001:4860:4860::8888',
    '::ffff:8.8.8.8',
    '64:ff9b::808:808',
    '168.63.129.15',
    '168.63.129.17',
  ]) {
    it(`allows ${address}`, () => {
      expect(isForbiddenAddress(address)).to.equal(false);
    });
  }
});

describe('guardTarget', () => {
  for (const host of [
    '127.0.0.1',
    '127.1',
    '0x7f.1',
    '2130706433',
    '0177.0.0.1',
    '127.0.0.1.',
    '[::1]',
    '[::]',
    '[::ffff:127.0.0.1]',
    '[64:ff9b::7f00:1]',
    '169.254.169.254',
    '0',
  ]) {
    it(`refuses the literal host ${host} without asking the resolver`, () => {
      const { resolve, calls } = resolverOf([UNROUTED]);

      expect(() => guardTarget(new URL(`http://${host}/`), resolve)).to.throw(
        DiscardJob,
        'WEBHOOK_ALLOW_PRIVATE',
      );
      expect(calls()).to.equal(0);
    });
  }

  it('lets a public literal host pass', () => {
    expect(() => guardTarget(new URL('http://[2606:4700::1111]/'))).not.to.throw();
  });

  it('asks the resolver of the machine when given none', async () => {
    const lookup = guardTarget(new URL('http://localhost/'));

    const error = await rejectionOf(ask(lookup, true, 'localhost'));

    expect(error).to.be.instanceOf(DiscardJob);
  });

  it('hands on every checked address, in the order they came', async () => {
    const lookup = guardTarget(new URL('http://hook.test/'), resolverOf(['1.1.1.1', UNROUTED]).resolve);

    expect(await ask(lookup, true)).to.deep.equal([
      [
        { address: '1.1.1.1', family: 4 },
        { address: UNROUTED, family: 6 },
      ],
      undefined,
    ]);
  });

  it('hands on the first checked address to a caller that takes one', async () => {
    const lookup = guardTarget(new URL('http://hook.test/'), resolverOf(['1.1.1.1', UNROUTED]).resolve);

    expect(await ask(lookup, false)).to.deep.equal(['1.1.1.1', 4]);
  });

  it('refuses a name when only one of its addresses is private, and names it and the setting', async () => {
    const lookup = guardTarget(new URL('http://hook.test/'), resolverOf(['1.1.1.1', '10.0.0.1']).resolve);

    const error = await rejectionOf(ask(lookup, true));

    expect(error).to.be.instanceOf(DiscardJob);
    expect(error)
      .to.have.property('message')
      .that.matches(/^hook\.test .*WEBHOOK_ALLOW_PRIVATE=true/);
  });

  it('passes on the failure of the resolver, code and all', async () => {
    const failure = Object.assign(new Error('getaddrinfo ENOTFOUND hook.test'), { code: 'ENOTFOUND' });
    const lookup = guardTarget(new URL('http://hook.test/'), () => Promise.reject(failure));

    expect(await rejectionOf(ask(lookup, true))).to.equal(failure);
  });

  it('fails for a name without addresses', async () => {
    const lookup = guardTarget(new URL('http://hook.test/'), resolverOf([]).resolve);

    expect(await rejectionOf(ask(lookup, true))).to.have.property('message', 'hook.test has no address');
  });

  it('connects to the very address it checked, though the name is re-bound at once', async () => {
    const { resolve, calls } = resolverOf([UNROUTED], ['127.0.0.1']);
    const url = new URL('http://hook.test:9/');
    // A socket is at hand before its lookup is; that of a request may be handed out after.
    const socket = connect({ host: url.hostname, port: 9, lookup: guardTarget(url, resolve) });

    const [error, address] = await once(socket, 'lookup');
    socket.on('error', () => {}).destroy();

    expect([error, address]).to.deep.equal([null, UNROUTED]);
    expect(calls()).to.equal(1);
  });

  it('refuses the next connection to a name that was re-bound to a private address', async () => {
    const { resolve, calls } = resolverOf([UNROUTED], ['127.0.0.1']);
    const url = new URL('http://hook.test:9/');
    await ask(guardTarget(url, resolve), true);

    const [error] = await once(request(url, { lookup: guardTarget(url, resolve), agent: false }), 'error');

    expect(error).to.be.instanceOf(DiscardJob);
    expect(calls()).to.equal(2);
  });
});
