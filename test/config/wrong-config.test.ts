import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as fc from 'fast-check';
import ssh2 from 'ssh2';
import { loadConfig } from '#src/config/load-config.js';
import { type Problem, problemLine } from '#src/config/problem.js';
import { seededSuite } from '../support/seeded.js';
import { skipBecause } from '../support/skip.js';
import { type ConfigFolder, configFolder, rsaPair } from './config-folder.js';

interface Story {
  readonly heading: string;
  readonly why: string;
  readonly changes: readonly (readonly [string, string])[];
  readonly key: string;
  readonly says: string;
  readonly repair: string;
}

/** Reads test/config/wrong-configurations.txt; its first lines say how it is written. */
function stories(): readonly Story[] {
  let heading = '';
  const found: Story[] = [];
  for (const line of readFileSync(join('test', 'config', 'wrong-configurations.txt'), 'utf8').split('\n')) {
    if (line.startsWith('## ')) heading = line.slice(3);
    if (line === '' || line.startsWith('#')) continue;
    const plain = line
      .replaceAll('⏎', '\n')
      .replace(/\{(.)\*(\d+)\}/gu, (_, letter: string, times: string) => letter.repeat(Number(times)));
    const [why = '', changed = '', key = '', says = '', repair = ''] = plain.split(' | ');
    const changes = changed.split(' ;; ').map((change): readonly [string, string] => {
      const [from = '', to = ''] = change.split(' => ');
      return [from, to];
    });
    found.push({ heading, why, changes, key: key.trim(), says: says.trim(), repair });
  }
  return found;
}

const STORIES = stories();

const SFTP =
  'reconciliation: [{ upstream: alipayplus, participantId: "1", settlementCurrency: USD, participantAgreementId: "1", sftp: { host: sftp.example, user: u, privateKeyFile: ./keys/sftp_key, hostKeySha256: "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU" } }]';

describe('a wrong configuration', () => {
  const seeded = seededSuite();
  let shop: ConfigFolder;
  before(async () => {
    shop = await configFolder();
  });
  after(() => shop.remove());

  async function problems(): Promise<readonly Problem[]> {
    const load = await loadConfig(shop.file, {});
    assert.equal(load.kind, 'wrong', 'it was accepted');
    return load.problems;
  }

  async function refuses(story: Story): Promise<void> {
    const line = await shop.write(...story.changes);
    const all = await problems();
    const listing = all.map(problemLine).join('\n');
    const told = all.find((problem) => problem.key === story.key && problem.message.includes(story.says));
    assert.ok(told, listing);
    assert.equal(told.line, line, problemLine(told));
    assert.equal(told.file, shop.file);
    assert.ok(told.repair.length > 10 && told.repair.includes(story.repair), told.repair);
    assert.doesNotMatch(listing, /hunter2|abcdef|3q2-7wA/, 'no message repeats a secret');
  }

  for (const heading of new Set(STORIES.map((story) => story.heading))) {
    describe(`by ${heading}`, () => {
      for (const story of STORIES) if (story.heading === heading) it(`is one with ${story.why}`, () => refuses(story));
    });
  }

  it('says only "not built yet" about a part of a later version that has other keys', async () => {
    await shop.write(['dialect: alipayplus_order_code', 'dialect: acquirer\n    poolSize: 3']);
    assert.deepEqual(
      (await problems()).map((problem) => problem.key),
      ['upstreams[0].dialect'],
    );
  });

  it('is told whole, in the order of the lines', async () => {
    await shop.write(
      ['merchant: shop-114', 'merchant: no'],
      ['https://gateway.example', 'http://gateway.example'],
      ['    port: 8481', '    port: 8480'],
    );
    const all = await problems();
    assert.deepEqual(
      all.map((problem) => problem.key),
      ['listen.upstream.port', 'upstreams[0].baseUrl', 'lanes[0].merchant'],
    );
    assert.deepEqual(
      all.map((problem) => problem.line),
      all.map((problem) => problem.line).sort((a, b) => a - b),
    );
  });

  describe('by its file', () => {
    it('is one that does not exist', async () => {
      const load = await loadConfig(join(shop.folder, 'none.yaml'), {});
      assert.match(load.kind === 'wrong' ? (load.problems[0]?.message ?? '') : '', /does not exist/);
    });

    it('is a folder', async () => {
      const load = await loadConfig(shop.folder, {});
      assert.match(load.kind === 'wrong' ? (load.problems[0]?.message ?? '') : '', /cannot be read/);
    });

    for (const [why, text, line, says] of [
      ['empty', '', 1, /is empty/],
      ['only comments', '# nothing\n', 1, /is empty/],
      ['a list', '- a\n', 1, /must be a group of keys/],
      ['unclosed', 'instanceId: A\nlisten: { terminal: [\n', 3, /not valid YAML/],
      ['indented with a tab', 'instanceId: A\nlisten:\n\tterminal: {}\n', 3, /not valid YAML/],
      ['naming a key twice', 'instanceId: A\nlisten: {}\ninstanceId: B\n', 3, /not valid YAML/],
      ['two documents', 'instanceId: A\n---\ninstanceId: B\n', 2, /not valid YAML/],
      ['with a bare reference inside braces', `instanceId: A\ndatabase: { client: \${CLIENT} }\n`, 2, /not valid YAML/],
      ['with an unknown tag', 'instanceId: A\nlisten: !include x\n', 2, /not valid YAML/],
      [
        'an alias bomb',
        `a: &a [1,2,3,4,5,6,7,8,9]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n`,
        1,
        /repeat too much/,
      ],
    ] as const) {
      it(`is ${why}`, async () => {
        await writeFile(shop.file, text);
        const [first] = await problems();
        assert.match(first?.message ?? '', says);
        assert.equal(first?.line, line);
      });
    }

    it('is not UTF-8', async () => {
      await writeFile(shop.file, Buffer.from([0x61, 0xff, 0x62]));
      assert.match((await problems())[0]?.message ?? '', /UTF-8/);
    });
  });

  for (const [why, text, says] of [
    [
      'a number without quotes',
      'M-1: { token: "hunter2", maxAmount: { currency: JPY, value: 5000 } }\n',
      /"M-1" has a wrong maxAmount\.value: it must be text; put it in quotes$/,
    ],
    ['nothing in place of a token', 'M-1: { token: }\n', /"M-1" has a wrong token: it has no value$/],
    ['a line that is no YAML', 'M-1: { token: "hunter2" }\nM-2: "hunter2" hunter2\n', /by reference: line 2 cannot be read$/],
    ['an alias', 'M-1: &one { token: "hunter2" }\n\nM-2: *one\n', /by reference: line 3 cannot be read$/],
  ] as const) {
    it(`by its agreements is one with ${why}`, async () => {
      await writeFile(join(shop.folder, 'agreements.yaml'), text, { mode: 0o600 });
      const keys = 'productCode: "51"\n    agreementsFile: ./agreements.yaml';
      await shop.write(['dialect: alipayplus_order_code', `dialect: rebell_agreement\n    ${keys}`]);
      const [problem, ...more] = await problems();
      assert.deepEqual([problem?.key, more.length], ['upstreams[0].agreementsFile', 0]);
      assert.match(problem?.message ?? '', says);
      assert.doesNotMatch(problem === undefined ? '' : problemLine(problem), /hunter2/);
    });
  }

  it('is told in sentences, whatever happened to the text', async () => {
    await shop.write();
    const text = shop.text();
    const somewhere = fc.integer({ min: 0, max: text.length });
    const scrap = fc.constantFrom(
      '',
      ' ',
      '\n',
      '\t',
      ':',
      '-',
      '{',
      ']',
      '"',
      '&a ',
      '*a',
      '!x ',
      '0',
      '~',
      `\${X}`,
      '|',
      '\u0000',
      '%',
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(somewhere, fc.integer({ min: 0, max: 12 }), scrap), { minLength: 1, maxLength: 4 }),
        async (cuts) => {
          const broken = cuts.reduce((whole, [at, length, put]) => whole.slice(0, at) + put + whole.slice(at + length), text);
          await writeFile(shop.file, broken);
          const load = await loadConfig(shop.file, {});
          const told = load.kind === 'ok' ? load.warnings : load.problems;
          assert.ok(load.kind === 'ok' || told.length > 0);
          for (const problem of told) {
            assert.ok(problem.line >= 1 && problem.line <= broken.split('\n').length, problemLine(problem));
            assert.doesNotMatch(problemLine(problem), /undefined|\[object|Invalid input/);
          }
        },
      ),
      seeded.runs(60),
    );
  });

  describe('by the files it names', () => {
    const KEY = 'upstreams[0].privateKeyFile';
    const PUBLIC = 'upstreams[0].upstreamPublicKeyFiles.1';

    async function toldAbout(key: string, says: RegExp, line: string): Promise<Problem> {
      const all = await problems();
      const told = all.find((problem) => problem.key === key && says.test(problem.message));
      assert.ok(told, all.map(problemLine).join('\n'));
      assert.equal(told.line, shop.lineOf(line));
      return told;
    }

    for (const [why, file, says] of [
      ['is missing', './keys/none.pem', /does not exist/],
      ['is a folder', './keys', /is not a key file/],
      ['is a public key', './keys/acqp_public.pem', /others may read|wrong kind/],
    ] as const) {
      it(`has a private key file that ${why}`, async () => {
        await shop.write(['./keys/acqp_private.pem   #', `${file} #`]);
        await toldAbout(KEY, says, 'privateKeyFile');
      });
    }

    it('has private key files of the wrong kind', async () => {
      const small = rsaPair(1024);
      for (const [name, text, says] of [
        ['public.pem', rsaPair().publicPem, /it is a public key/],
        ['small.pem', small.privatePem, /1024 bits/],
        ['text.pem', 'hello', /no private key can be read/],
        ['locked.pem', '-----BEGIN ENCRYPTED PRIVATE KEY-----\n', /passphrase/],
        ['cert.pem', '-----BEGIN CERTIFICATE-----\n', /certificate/],
      ] as const) {
        await writeFile(join(shop.folder, 'keys', name), text, { mode: 0o600 });
        await shop.write(['./keys/acqp_private.pem   #', `./keys/${name} #`]);
        await toldAbout(KEY, says, 'privateKeyFile');
      }
    });

    it('has an SFTP key that no login could use', async () => {
      const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
      const locked = { cipher: 'aes-256-cbc', passphrase: 'x' };
      const plain = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
      const ed25519 = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
      for (const [name, text, says] of [
        [
          'pkcs8 under a passphrase',
          privateKey.export({ type: 'pkcs8', format: 'pem', ...locked }).toString(),
          /by a passphrase/,
        ],
        [
          'pkcs1 under a passphrase',
          privateKey.export({ type: 'pkcs1', format: 'pem', ...locked }).toString(),
          /by a passphrase/,
        ],
        [
          'OpenSSH under a passphrase',
          ssh2.utils.generateKeyPairSync('ed25519', { passphrase: 'x', cipher: 'aes256-ctr', rounds: 4 }).private,
          /by a passphrase/,
        ],
        ['half of a key', `${plain.slice(0, 800)}\n-----END RSA PRIVATE KEY-----\n`, /no private key that SSH can use/],
        ['only the head of one', '-----BEGIN OPENSSH PRIVATE KEY-----\n', /no private key that SSH can use/],
        ['of a kind that the library does not read', ed25519, /no private key that SSH can use/],
        ['a public key', ssh2.utils.generateKeyPairSync('ed25519').public, /public key/],
        ['a PEM public key', rsaPair().publicPem, /public key|no private key/],
      ] as const) {
        await writeFile(join(shop.folder, 'keys', 'sftp_key'), text, { mode: 0o600 });
        await shop.write(['# reconciliation:', `${SFTP} #`]);
        const told = await toldAbout('reconciliation[0].sftp.privateKeyFile', says, 'reconciliation: [');
        assert.match(told.repair, /RSA, ECDSA or Ed25519 key without a passphrase/, name);
      }
      for (const good of [
        plain,
        privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
        ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256 }).private,
      ]) {
        await writeFile(join(shop.folder, 'keys', 'sftp_key'), good, { mode: 0o600 });
        assert.equal((await loadConfig(shop.file, {})).kind, 'ok');
      }
    });

    it('has a public key file that is missing or of the wrong kind', async () => {
      await shop.write(['./keys/alipayplus_public.pem', './keys/none.pem']);
      await toldAbout(PUBLIC, /does not exist/, 'upstreamPublicKeyFiles');
      await shop.write(['./keys/alipayplus_public.pem', './keys/alipayplus_private.pem']);
      await toldAbout(PUBLIC, /it is a private key/, 'upstreamPublicKeyFiles');
    });

    it('has a private key that others may read, and names the repair', async function () {
      if (process.platform === 'win32') skipBecause(this, 'Windows has no such mode bits, and rights are lists there');
      for (const mode of [0o644, 0o640, 0o604]) {
        await chmod(join(shop.folder, 'keys', 'acqp_private.pem'), mode);
        await shop.write();
        const told = await toldAbout(KEY, /others may read/, 'privateKeyFile');
        assert.match(told.repair, /^Run: chmod 600 .*acqp_private\.pem$/);
      }
      await chmod(join(shop.folder, 'keys', 'acqp_private.pem'), 0o600);
    });

    it('has a database that others may read, itself or its log', async function () {
      if (process.platform === 'win32') skipBecause(this, 'Windows has no such mode bits, and rights are lists there');
      await mkdir(join(shop.folder, 'data'), { recursive: true });
      await shop.write();
      for (const end of ['', '-wal', '-shm']) {
        const file = join(shop.folder, 'data', `bridge.sqlite${end}`);
        await writeFile(file, '', { mode: 0o644 });
        await chmod(file, 0o644);
        const told = await toldAbout('database.filename', /others may read/, 'database:');
        assert.equal(told.repair, `Run: chmod 600 ${file}`);
        await chmod(file, 0o600);
      }
    });

    it('has a folder in place of the database', async () => {
      await shop.write(['./data/bridge.sqlite', './keys']);
      await toldAbout('database.filename', /is not a file/, 'database:');
    });

    it('has two displays on one device under two names', async function () {
      if (process.platform === 'win32') skipBecause(this, 'symbolic links are for administrators only on Windows');
      await writeFile(join(shop.folder, 'glass'), '');
      await symlink(join(shop.folder, 'glass'), join(shop.folder, 'by-id'));
      await shop.write([
        '- { driver: nextion, port: /dev/ttyUSB0, baudRate: 9600, options: {} }',
        '- { driver: nextion, port: ./glass }\n      - { driver: nextion, port: ./by-id }',
      ]);
      await toldAbout('lanes[0].displays[1].port', /is the port of/, './by-id');
    });
  });
});
