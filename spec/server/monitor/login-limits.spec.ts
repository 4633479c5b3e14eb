import { expect } from 'chai';
import { type SinonFakeTimers, useFakeTimers } from 'sinon';
import {
  type Admission,
  createLoginLimits,
  type LoginLimits,
} from '../../../lib/server/monitor/login-limits.ts';

describe('the limits of logins', () => {
  let clock: SinonFakeTimers;
  let limits: LoginLimits;

  beforeEach(() => {
    clock = useFakeTimers({ now: 1_000_000, toFake: ['Date', 'setInterval', 'clearInterval'] });
    limits = createLoginLimits();
  });

  afterEach(() => clock.restore());

  const admit = (address: string, name: string): Promise<Admission> => limits.admit({ address, name });
  const isAdmitted = async (address: string, name: string): Promise<boolean> =>
    (await admit(address, name)).admitted;

  async function failTimes(count: number, address: string, nameOf: (at: number) => string): Promise<void> {
    for (let at = 0; at < count; at++) expect(await isAdmitted(address, nameOf(at)), `${at}`).to.equal(true);
  }

  it('admits ten a minute for an address and a name, and says when the next may come', async () => {
    await failTimes(10, '192.0.2.1', () => 'ada');
    clock.tick(20_000);

    expect(await admit('192.0.2.1', 'ada')).to.deep.equal({ admitted: false, retryAfterMs: 40_000 });
    clock.tick(40_000);
    expect(await isAdmitted('192.0.2.1', 'ada')).to.equal(true);
  });

  it('leaves other names of the address and other addresses alone', async () => {
    await failTimes(10, '192.0.2.1', () => 'ada');

    expect(await isAdmitted('192.0.2.1', 'grace')).to.equal(true);
    expect(await isAdmitted('192.0.2.2', 'ada')).to.equal(true);
  });

  it('admits fifty a minute for an address over all names', async () => {
    await failTimes(50, '192.0.2.1', (at) => `name ${at}`);

    expect(await isAdmitted('192.0.2.1', 'another')).to.equal(false);
    expect(await isAdmitted('192.0.2.2', 'another')).to.equal(true);
  });

  it('counts no attempt that it refused', async () => {
    await failTimes(10, '192.0.2.1', () => 'ada');
    for (let at = 0; at < 60; at++) await admit('192.0.2.1', 'ada');

    await failTimes(40, '192.0.2.1', (at) => `name ${at}`);
    expect(await isAdmitted('192.0.2.1', 'another')).to.equal(false);
  });

  it('is flooded when a hundred came under a name, until the minute is over', async () => {
    for (let at = 0; at < 100; at++) await admit('192.0.2.1', 'ada');
    const before = await limits.isFlooded({ address: '192.0.2.1', name: 'ada' });
    await admit('192.0.2.1', 'ada');

    expect(before).to.equal(false);
    expect(await limits.isFlooded({ address: '192.0.2.1', name: 'ada' })).to.equal(true);
    expect(await limits.isFlooded({ address: '192.0.2.1', name: 'grace' })).to.equal(false);
    expect(await limits.isFlooded({ address: '192.0.2.2', name: 'ada' })).to.equal(false);
    clock.tick(60_000);
    expect(await limits.isFlooded({ address: '192.0.2.1', name: 'ada' })).to.equal(false);
  });

  it('does not count what is forgiven', async () => {
    for (let at = 0; at < 60; at++) {
      const admission = await admit('192.0.2.1', 'ada');
      if (!admission.admitted) throw new Error(`number ${at} was refused`);
      await admission.forgive();
    }

    await failTimes(10, '192.0.2.1', () => 'ada');
    expect(await isAdmitted('192.0.2.1', 'ada')).to.equal(false);
  });

  it('does not let attempts at the same time pass together', async () => {
    const together = await Promise.all(Array.from({ length: 30 }, () => isAdmitted('192.0.2.1', 'ada')));

    expect(together.filter((is) => is).length).to.be.at.most(10);
  });

  for (const [name, first, second, isOne] of [
    ['two addresses of one /64', '2001:db8:1:2::3', '2001:db8:1:2:ffff::4', true],
    ['two /64 of one site', '2001:db8:1:2::3', '2001:db8:1:3::3', false],
    ['an IPv4 address and its form in IPv6', '192.0.2.1', '::ffff:192.0.2.1', true],
    ['two IPv4 addresses in IPv6', '::ffff:192.0.2.1', '::ffff:192.0.2.2', false],
  ] as const) {
    it(`takes ${name} for ${isOne ? 'one' : 'two'}`, async () => {
      await failTimes(10, first, () => 'ada');

      expect(await isAdmitted(second, 'ada')).to.equal(!isOne);
    });
  }
});
