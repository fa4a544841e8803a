import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { bearerKey, createFrontDoor, createKeyring, hostName } from '#src/http/access.js';

describe('host names', () => {
  const same: readonly [string, string][] = [
    ['localhost', 'localhost'],
    ['LOCALHOST:8480', 'localhost'],
    ['localhost.', 'localhost'],
    ['Shop.Example.:443', 'shop.example'],
    ['127.0.0.1:1', '127.0.0.1'],
    ['[::1]:8480', '[::1]'],
    ['[0:0:0:0:0:0:0:1]', '[::1]'],
    ['::1', '[::1]'],
    ['[2001:DB8::1]:80', '[2001:db8::1]'],
    ['localhost:', 'localhost'],
  ];
  for (const [text, name] of same) it(`reads ${text} as ${name}`, () => assert.equal(hostName(text), name));

  const refused = [
    '',
    ' ',
    'a b',
    'user@localhost',
    'localhost/x',
    'localhost:80:80',
    'localhost:x',
    '[::1',
    '::1]',
    '%6cocalhost',
    'a,b',
    'localhost\\',
    '.',
  ];
  for (const text of refused) it(`does not read ${JSON.stringify(text)}`, () => assert.equal(hostName(text), undefined));

  it('cost no work when they are too long for any host, whatever they are made of', () => {
    const before = performance.now();
    for (const filling of [':', '.', 'a', '0:', '[', '::1', '1.'])
      for (const end of ['', 'g', ']', '@']) assert.equal(hostName(filling.repeat(16_000 / filling.length) + end), undefined);
    assert.ok(performance.now() - before < 500);
  });
});

describe('the front door', () => {
  const door = createFrontDoor({
    allowedHosts: ['Counter.Example:8480', '192.168.1.5', '2001:db8::7'],
    allowedOrigins: ['https://till.example', 'http://Other.Example:8080/'],
    secure: false,
  });

  const hosts: readonly [string | undefined, boolean][] = [
    ['localhost', true],
    ['localhost:8480', true],
    ['LocalHost.:1', true],
    ['127.0.0.1:8480', true],
    ['[::1]:8480', true],
    ['counter.example', true],
    ['COUNTER.example.:9999', true],
    ['192.168.1.5:8480', true],
    ['[2001:db8::7]', true],
    ['evil.example', false],
    ['counter.example.evil.example', false],
    ['localhost.evil.example', false],
    ['localhost..', false],
    ['127.0.0.2', false],
    ['127.1', false],
    ['2130706433', false],
    ['0.0.0.0', false],
    ['[::]', false],
    ['[::ffff:127.0.0.1]', false],
    ['', false],
    [undefined, false],
  ];
  for (const [host, admitted] of hosts) {
    it(`${admitted ? 'admits' : 'refuses'} Host ${host ?? '(none)'}`, () => assert.equal(door.admitsHost(host), admitted));
  }

  const origins: readonly [string, string, boolean][] = [
    ['http://localhost:8480', 'localhost:8480', true],
    ['http://127.0.0.1:8480', 'localhost:8480', true],
    ['http://counter.example:8480', '127.0.0.1:8480', true],
    ['http://LOCALHOST.:8480', 'localhost:8480', true],
    ['http://localhost', 'localhost:80', true],
    ['https://till.example', 'localhost:8480', true],
    ['https://TILL.example:443', 'localhost:8480', true],
    ['http://other.example:8080', 'localhost:8480', true],
    ['http://localhost:3000', 'localhost:8480', false],
    ['https://localhost:8480', 'localhost:8480', false],
    ['http://till.example', 'localhost:8480', false],
    ['https://till.example:8443', 'localhost:8480', false],
    ['https://till.example.evil.example', 'localhost:8480', false],
    ['http://evil.example:8480', 'evil.example:8480', false],
    ['null', 'localhost:8480', false],
    ['', 'localhost:8480', false],
    ['file://', 'localhost:8480', false],
    ['https://till.example, https://evil.example', 'localhost:8480', false],
    ['https://user@till.example', 'localhost:8480', false],
  ];
  for (const [origin, host, admitted] of origins) {
    it(`${admitted ? 'admits' : 'refuses'} Origin ${origin || '(empty)'} on ${host}`, () => {
      assert.equal(door.admitsOrigin(origin, host), admitted);
    });
  }
});

describe('the keyring', () => {
  const hash = (key: string) => createHash('sha256').update(key).digest('hex');

  it('finds the holder of each of two keys, and nobody for others', () => {
    const ring = createKeyring([
      { keySha256: [hash('old'), hash('new')], holder: 'T01' },
      { keySha256: [hash('other')], holder: 'T02' },
    ]);
    assert.deepEqual(['old', 'new', 'other', 'none', '', hash('old')].map(ring.find), [
      'T01',
      'T01',
      'T02',
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('takes a hash in upper case and ignores text that is no hash', () => {
    const ring = createKeyring([{ keySha256: [hash('key').toUpperCase(), 'zz', ''], holder: 'T01' }]);
    assert.equal(ring.find('key'), 'T01');
    assert.equal(ring.find(''), undefined);
  });

  it('forgets keys that were replaced', () => {
    const ring = createKeyring([{ keySha256: [hash('old')], holder: 'T01' }]);
    ring.replace([{ keySha256: [hash('new')], holder: 'T01' }]);
    assert.equal(ring.find('old'), undefined);
    assert.equal(ring.find('new'), 'T01');
  });

  it('reads bearer keys and nothing else', () => {
    assert.equal(bearerKey('Bearer abc-_123='), 'abc-_123=');
    assert.equal(bearerKey('bearer  abc'), 'abc');
    for (const text of [undefined, '', 'Bearer', 'Bearer ', 'Basic abc', 'Bearer a b', 'Bearer a,b'])
      assert.equal(bearerKey(text), undefined);
  });
});
