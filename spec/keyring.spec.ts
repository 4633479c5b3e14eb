import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { ApiaryError } from '../lib/errors.ts';
import { isSealed, type Keyring, keyIdOf, parseKeyring, toKeyring } from '../lib/keyring.ts';
import { randomKeys } from './support/encryption.ts';

const keyring = (text: string): Keyring => {
  const made = parseKeyring(text);
  if (!made) throw new Error('the keys of this spec are none');
  return made;
};

const refusalOf = (call: () => unknown): unknown => {
  try {
    call();
  } catch (error) {
    return error instanceof ApiaryError ? error.code : error;
  }
  return undefined;
};

describe('a keyring', () => {
  const [one, other] = [randomKeys('k1'), randomKeys('k2')];

  for (const text of ['', 'ä', 'a\u0000b', '{"name":"Ada"}', 'x'.repeat(100_000)]) {
    it(`opens what it has sealed: ${JSON.stringify(text.slice(0, 20))}`, () => {
      const keys = keyring(one);

      const sealed = keys.seal(text, 'here');

      expect(isSealed(sealed)).to.equal(true);
      expect(JSON.stringify(sealed)).to.equal(`"${sealed}"`);
      expect(keys.open(sealed, 'here')).to.equal(text);
      expect(text === '' || !sealed.includes(text)).to.equal(true);
    });
  }

  it('seals a text otherwise each time', () => {
    const keys = keyring(one);

    expect(new Set(Array.from({ length: 100 }, () => keys.seal('same', 'here'))).size).to.equal(100);
  });

  it('seals by the first key and opens by all, also in another process', () => {
    const sealed = keyring(one).seal('old', 'here');
    const keys = keyring(`${other},${one}`);

    expect(keyIdOf(sealed)).to.equal('k1');
    expect(keys.open(sealed, 'here')).to.equal('old');
    expect(keyIdOf(keys.seal('new', 'here'))).to.equal('k2');
    expect(keys.ids).to.deep.equal(['k2', 'k1']);
  });

  it('opens in turn what two processes and two keys have sealed', () => {
    const keys = keyring(`${other},${one}`);
    const texts = [keyring(one), keyring(one), keyring(other)].map((by) => by.seal('text', 'here'));

    for (const text of [...texts, ...texts]) expect(keys.open(text, 'here')).to.equal('text');
  });

  it('goes by all of the salt, also right behind a text that has the same but for its last byte', () => {
    const keys = keyring(one);
    const sealed = keys.seal('text', 'here');
    const [, id, body = ''] = sealed.split(':');
    const bytes = Buffer.from(body, 'base64url');
    bytes.writeUInt8(bytes.readUInt8(15) ^ 1, 15);
    const changed = `apiary1:${id}:${bytes.toString('base64url')}`;

    expect(keys.open(sealed, 'here')).to.equal('text');
    expect(refusalOf(() => keys.open(changed, 'here'))).to.equal('RECORD_TAMPERED');
    expect(keys.open(sealed, 'here')).to.equal('text');
  });

  it('says which key is missing', () => {
    const sealed = keyring(one).seal('text', 'here');

    expect(() => keyring(other).open(sealed, 'here'))
      .to.throw(ApiaryError, 'key k1')
      .with.property('code', 'ENCRYPTION_KEY_MISSING');
  });

  it('refuses what was changed, cut, sealed for another place or under another key of that id', () => {
    const keys = keyring(one);
    const sealed = keys.seal('text', 'here');
    const [, id, body = ''] = sealed.split(':');
    const bytes = Buffer.from(body, 'base64url');

    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
      const text = `apiary1:${id}:${changed.toString('base64url')}`;
      expect(refusalOf(() => keys.open(text, 'here'))).to.equal('RECORD_TAMPERED');
    }
    expect(refusalOf(() => keys.open(sealed, 'there'))).to.equal('RECORD_TAMPERED');
    expect(refusalOf(() => keys.open(sealed.slice(0, -4), 'here'))).to.equal('RECORD_TAMPERED');
    expect(refusalOf(() => keys.open('text', 'here'))).to.equal('RECORD_TAMPERED');
    expect(refusalOf(() => keyring(randomKeys('k1')).open(sealed, 'here'))).to.equal('RECORD_TAMPERED');
  });

  for (const text of [
    '',
    'k1',
    'k1:',
    ':AAAA',
    `k1:${randomBytes(31).toString('base64')}`,
    `k1:${randomBytes(33).toString('base64')}`,
    `k 1:${randomBytes(32).toString('base64')}`,
    `k1:${'!'.repeat(44)}`,
    `${one},${randomKeys('k1')}`,
    `${one},`,
  ]) {
    it(`is not made of ${JSON.stringify(text.slice(0, 12))} (${text.length})`, () => {
      expect(parseKeyring(text)).to.equal(undefined);
      expect(refusalOf(() => toKeyring({ keys: text }))).to.equal('CONFIG_INVALID');
    });
  }

  it('says of wrong keys what they must be, and not what they are', () => {
    const secret = randomBytes(20).toString('base64');

    expect(() => toKeyring({ keys: `k1:${secret}` }))
      .to.throw(ApiaryError, '32 bytes')
      .with.property('message')
      .that.does.not.include(secret);
  });
});
