import assert from 'node:assert/strict';
import { chmod, copyFile, cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import type { BridgeConfig } from '#src/config/bridge-config.js';
import { configJsonSchema } from '#src/config/config-schema.js';
import { loadConfig } from '#src/config/load-config.js';
import { problemLine } from '#src/config/problem.js';
import { iconPng } from '../support/test-icon.js';
import { type ConfigFolder, configFolder } from './config-folder.js';

describe('a right configuration', () => {
  let shop: ConfigFolder;
  before(async () => {
    shop = await configFolder();
  });
  after(() => shop.remove());

  async function good(env: Record<string, string> = {}): Promise<BridgeConfig> {
    const load = await loadConfig(shop.file, env);
    assert.equal(load.kind, 'ok', load.kind === 'wrong' ? load.problems.map(problemLine).join('\n') : '');
    return load.config;
  }

  it('is the example, without a warning', async () => {
    await shop.write();
    const load = await loadConfig(shop.file, {});
    assert.deepEqual(load.kind === 'ok' ? load.warnings : load.problems, []);
  });

  it('fills in every default', async () => {
    await shop.write(
      ['    signatureEncoding: percent ', '    # '],
      ['    latePayment: undo ', '    # '],
      ['    keyVersion: "1"\n', ''],
    );
    const config = await good();
    const [upstream] = config.upstreams;
    assert.equal(config.role, 'all');
    assert.deepEqual(upstream?.timing, {
      answerTimeoutMs: { pay: 8000, inquiry: 5000, cancel: 8000, refund: 8000 },
      payPausesMs: [1000, 3000],
      inquiryFirstAfterMs: 5000,
      inquiryEveryMs: [3000, 5000],
      graceAfterExpiryMs: 15000,
      cancelEveryMs: 10000,
      laneReleaseAfterMs: 60000,
    });
    assert.equal(upstream?.signatureEncoding, 'percent');
    assert.equal(upstream?.latePayment, 'undo');
    assert.equal(upstream?.keyVersion, '1');
    assert.equal(upstream?.basePath, '/aps/api');
    assert.equal(upstream?.signPath, '/aps/api');
    assert.equal(upstream?.algorithmText, 'RSA256');
    assert.equal(upstream?.requestTime, 'isoOffset');
    assert.equal(upstream?.notifyPath, '/hooks/alipayplus/notifyPayment');
    assert.deepEqual(config.lanes[0]?.displays[0], {
      driver: 'nextion',
      port: '/dev/ttyUSB0',
      baudRate: 9600,
      options: {
        language: 'en',
        pages: { idle: 'idle', pay: 'pay', paid: 'paid' },
        components: { qr: 'qr0', amount: 't0', line1: 't1', line2: 't2' },
        charset: 'ascii',
        textMax: 255,
      },
    });
  });

  it('takes the usual host, port and lists of a listener that names none', async () => {
    await shop.write(
      [
        '    host: 127.0.0.1                 # beyond loopback this needs tls: { keyFile, certFile }\n    port: 8480\n    allowedHosts: []                # further Host names that are served; loopback names always are\n    allowedOrigins: []              # origins of web tills, like https://till.example\n',
        '',
      ],
      ['  terminal:                         # tills', '  terminal: {}'],
    );
    const config = await good();
    const { limits, ...rest } = config.listen.terminal ?? {};
    assert.deepEqual(rest, { host: '127.0.0.1', port: 8480, allowedHosts: [], allowedOrigins: [] });
    assert.deepEqual(limits, {
      connections: 500,
      wrongKeysPerMinute: 60,
      perTerminal: { callsPerSecond: 500, callsAtOnce: 128, streams: 16 },
      inAll: { callsPerSecond: 2000, callsAtOnce: 400, streams: 200 },
    });
  });

  it('opens no listener that is left out, and warns', async () => {
    await shop.write();
    const text = shop.text();
    await writeFile(shop.file, text.replace(/ {2}upstream: {23}[\s\S]*?(?= {2}backOffice)/, ''));
    const load = await loadConfig(shop.file, {});
    assert.ok(load.kind === 'ok');
    assert.equal(load.config.listen.upstream, undefined);
    assert.match(load.warnings[0]?.message ?? '', /notifications cannot arrive/);
  });

  it('resolves relative paths against its own folder, not the working directory', async () => {
    await shop.write();
    const config = await good();
    assert.equal(config.file, shop.file);
    assert.equal(config.upstreams[0]?.privateKeyFile, join(shop.folder, 'keys', 'acqp_private.pem'));
    assert.deepEqual(config.database, { client: 'sqlite3', filename: join(shop.folder, 'data', 'bridge.sqlite') });
  });

  describe('with words on its displays', () => {
    const display = (text: string) => ['{ driver: nextion, port: /dev/ttyUSB0, baudRate: 9600, options: {} }', text] as const;
    const merchantIn = (language: string) => ['currencies: [JPY]', `currencies: [JPY]\n    language: ${language}`] as const;

    async function languageAndWarnings(...changes: readonly (readonly [string, string])[]) {
      await shop.write(...changes);
      const load = await loadConfig(shop.file, {});
      assert.ok(load.kind === 'ok', load.kind === 'wrong' ? load.problems.map(problemLine).join('\n') : '');
      return { language: load.config.lanes[0]?.displays[0]?.options.language, warnings: load.warnings.map(problemLine) };
    }

    it('speaks the language of the merchant, a display with one of its own speaks that, and English without any', async () => {
      assert.deepEqual(await languageAndWarnings(), { language: 'en', warnings: [] });
      assert.deepEqual(await languageAndWarnings(merchantIn('ja-JP')), { language: 'ja-JP', warnings: [] });
      const own = display('{ driver: virtual, options: { language: th } }');
      assert.deepEqual(await languageAndWarnings(merchantIn('ja'), own), { language: 'th', warnings: [] });
    });

    it('says that the words will be English where the charset does not hold them, and names the charset', async () => {
      const { language, warnings } = await languageAndWarnings(merchantIn('ko'));
      assert.equal(language, 'ko');
      assert.equal(warnings.length, 1);
      assert.match(
        warnings[0] ?? '',
        /displays\[0\].*charset ascii does not hold the words of "ko"; the words will be English.*one of en, ja/,
      );
      const right = display('{ driver: nextion, port: COM7, options: { charset: cp949 } }');
      assert.deepEqual((await languageAndWarnings(merchantIn('ko'), right)).warnings, []);
    });

    it('proposes no charset to a display that has one only', async () => {
      const { warnings } = await languageAndWarnings(display('{ driver: line2x20, port: COM7, options: { language: zh } }'));
      assert.match(warnings[0] ?? '', /charset ascii does not hold the words of "zh".*Repair: Set language to one of en, ja\.$/);
    });

    it('says that there are no words in a language', async () => {
      const { warnings } = await languageAndWarnings(display('{ driver: virtual, options: { language: fr } }'));
      assert.match(warnings[0] ?? '', /no words in "fr"; the words will be English.*en, ja, zh, ko, th/);
      const mute = display('{ driver: mertech, port: COM7, options: { language: fr } }');
      assert.deepEqual((await languageAndWarnings(mute)).warnings, [], 'it shows no words at all');
    });
  });

  it('finds the icon of a display beside itself, with the strongest correction or none named', async () => {
    await writeFile(join(shop.folder, 'icon.png'), iconPng());
    for (const options of ['{ icon: ./icon.png }', '{ icon: icon.png, ecc: H }']) {
      await shop.write([
        '{ driver: nextion, port: /dev/ttyUSB0, baudRate: 9600, options: {} }',
        `{ driver: virtual, options: ${options} }`,
      ]);
      assert.equal((await good()).lanes[0]?.displays[0]?.options.icon, join(shop.folder, 'icon.png'));
    }
  });

  it('carries the keys, read', async () => {
    await shop.write();
    const [upstream] = (await good()).upstreams;
    assert.equal(upstream?.signingKey.privateKey.type, 'private');
    assert.equal(upstream?.signingKey.encoding, 'percent');
    assert.equal(upstream?.upstreamKeys.get('1')?.type, 'public');
  });

  it('fills in the environment, also inside text and where a number is wanted', async () => {
    await shop.write(
      ['clientId: SANDBOX_0TESTONLY0000001', `clientId: SANDBOX_\${WHO}`],
      ['https://shop.example/hooks', `https://\${HOST}/hooks`],
      ['    port: 8480', `    port: \${PORT}`],
    );
    const config = await good({ WHO: 'X1', HOST: 'till.example', PORT: '9000' });
    assert.equal(config.upstreams[0]?.clientId, 'SANDBOX_X1');
    assert.equal(config.upstreams[0]?.notifyUrl, 'https://till.example/hooks/alipayplus/notifyPayment');
    assert.equal(config.listen.terminal?.port, 9000);
  });

  it('fills in the environment where one of a few numbers is wanted, and still takes no other', async () => {
    await shop.write(['baudRate: 9600, options: {}', `baudRate: "\${BAUD}", options: {}`]);
    const [display] = (await good({ BAUD: '115200' })).lanes[0]?.displays ?? [];
    assert.equal(display?.driver === 'nextion' && display.baudRate, 115_200);
    const load = await loadConfig(shop.file, { BAUD: '9601' });
    assert.match(load.kind === 'wrong' ? load.problems.map(problemLine).join('\n') : '', /baudRate: must be one of 2400/);
  });

  for (const [dialect, keys, product, warned] of [
    ['mini_program_cashier', '', '51051000101000000011', 'codeHosts'],
    ['mini_program_cashier', 'codeHosts: []', '51051000101000000011', 'codeHosts'],
    ['mini_program_cashier', 'productCode: "77"\n    codeHosts: [pay.example]', '77', null],
    ['rebell_cashier', 'productCode: "51"', '51', 'codeHosts'],
    ['rebell_agreement', 'productCode: "51"\n    agreementsFile: ./agreements.yaml', '51', 'maxAmount'],
    ['antom_auto_debit', 'agreementsFile: ./agreements.yaml', undefined, 'maxAmount'],
  ] as const) {
    it(`of ${dialect} takes ${keys === '' ? 'nothing more' : keys.replaceAll(/\n */g, ', ')}, and ${warned === null ? 'has nothing to warn of' : `warns of ${warned}`}`, async () => {
      await writeFile(join(shop.folder, 'agreements.yaml'), 'M-1: { token: "t", paymentMethodType: GCASH }\n', { mode: 0o600 });
      await shop.write(['dialect: alipayplus_order_code', `dialect: ${dialect}\n    ${keys}`]);
      const load = await loadConfig(shop.file, {});
      assert.ok(load.kind === 'ok', load.kind === 'wrong' ? load.problems.map(problemLine).join('\n') : '');
      assert.equal(load.config.upstreams[0]?.productCode, product);
      assert.deepEqual(
        load.warnings.map(({ key }) => key),
        warned === null ? [] : [`upstreams[0].${warned}`],
      );
    });
  }

  it('has an upstream as docs/upstreams.md shows it, of each of the four kinds, with nothing to warn of', async () => {
    const page = await readFile(join('docs', 'upstreams.md'), 'utf8');
    const samples = [...page.matchAll(/```yaml\n(- id: [^`]+)```/g)].map(([, sample = '']) => sample);
    const [, agreements = ''] = /```yaml\n(MEMBER[^`]+)```/.exec(page) ?? [];
    await writeFile(join(shop.folder, 'agreements.yaml'), agreements.replace('…', 'token'), { mode: 0o600 });
    await shop.write();
    const [, usual = ''] = /\nupstreams:\n([\s\S]+?)\n\nmerchants:/.exec(shop.text()) ?? [];
    const dialects: string[] = [];
    for (const sample of samples) {
      for (const [, whose = '', half = ''] of sample.matchAll(/keys\/(\w+)_(private|public)\.pem/g)) {
        const from = half === 'private' ? 'acqp_private.pem' : 'alipayplus_public.pem';
        await copyFile(join(shop.folder, 'keys', from), join(shop.folder, 'keys', `${whose}_${half}.pem`));
      }
      const [, id = ''] = /^- id: (\S+)/.exec(sample) ?? [];
      await shop.write([usual, sample.replaceAll(/^/gm, '  ')], ['upstream: alipayplus', `upstream: ${id}`]);
      const load = await loadConfig(shop.file, {});
      const told = load.kind === 'wrong' ? load.problems : load.warnings;
      assert.deepEqual(told.map(problemLine), []);
      if (load.kind === 'ok') dialects.push(...load.config.upstreams.map(({ dialect }) => dialect));
    }
    assert.deepEqual(dialects, ['mini_program_cashier', 'rebell_cashier', 'rebell_agreement', 'antom_auto_debit']);
  });

  it('does not read the environment again inside its values', async () => {
    await shop.write(['merchantName: Example Trading KK', `merchantName: \${NAME}`]);
    const config = await good({ NAME: `The \${NAME} KK` });
    assert.equal(config.merchants[0]?.merchantName, `The \${NAME} KK`);
  });

  it('may speak http on loopback with a sandbox client id', async () => {
    await shop.write(
      ['https://gateway.example ', 'http://127.0.0.1:9999/ '],
      ['https://shop.example/hooks', 'http://localhost:8481/hooks'],
    );
    assert.equal((await good()).upstreams[0]?.baseUrl, 'http://127.0.0.1:9999');
  });

  it('may give two keys to a terminal, in either case, and keeps them in lower case', async () => {
    const [one, two] = ['A'.repeat(64), 'b'.repeat(64)];
    await shop.write(['"0000000000000000000000000000000000000000000000000000000000000000"', `"${one}", "${two}"`]);
    assert.deepEqual((await good()).terminals[0]?.keySha256, ['a'.repeat(64), 'b'.repeat(64)]);
  });

  it('accepts and keeps a reconciliation section', async () => {
    await shop.write();
    const text = shop.text();
    const at = text.indexOf('# reconciliation:');
    const section = text.slice(at).replace(/^# ?/gm, '').replace('"…"', '"2188000000000001"');
    const { private: sshKey } = ssh2.utils.generateKeyPairSync('ed25519');
    await writeFile(join(shop.folder, 'keys', 'sftp_key'), sshKey, { mode: 0o600 });
    await writeFile(shop.file, `${text.slice(0, at)}${section}`);
    const [entry] = (await good()).reconciliation;
    assert.equal(entry?.alarmAt, '12:00+08:00');
    assert.equal(entry?.fees.length, 2);
    assert.equal(entry?.sftp?.privateKeyFile, join(shop.folder, 'keys', 'sftp_key'));
  });

  it('counts lengths in characters, not bytes or UTF-16 units', async () => {
    await shop.write(['merchantDisplayName: Example Shop', `merchantDisplayName: ${'🍣'.repeat(64)}`]);
    assert.equal([...((await good()).merchants[0]?.merchantDisplayName ?? '')].length, 64);
  });

  it('follows YAML aliases', async () => {
    await shop.write(
      ['merchantAddress: { region', 'merchantAddress: &here { region'],
      ['storeName: Example Shop Ginza', 'storeName: G, storeAddress: *here'],
    );
    assert.equal((await good()).merchants[0]?.store?.storeAddress?.city, 'Tokyo');
  });

  it('may keep its books in PostgreSQL, the password in the environment; a line to another machine should have TLS', async () => {
    await shop.write(['{ client: sqlite3, filename: ./data/bridge.sqlite }', `{ client: pg, connection: "\${DATABASE_URL}" }`]);
    const warnings = async (connection: string) => {
      const load = await loadConfig(shop.file, { DATABASE_URL: connection });
      assert.ok(load.kind === 'ok', JSON.stringify(load));
      assert.deepEqual(load.config.database, { client: 'pg', connection });
      return load.warnings.map(({ key, message }) => `${key} ${message}`).join();
    };
    assert.equal(await warnings('postgres://ocb:hunter2@localhost:5432/books'), '');
    assert.equal(await warnings('postgresql://ocb:hunter2@/books?host=/var/run/postgresql'), '');
    assert.equal(await warnings('postgres://ocb:hunter2@db.shop.example/books?sslmode=verify-full'), '');
    const open = await warnings('postgres://ocb:hunter2@db.shop.example/books');
    assert.match(open, /^database\.connection goes to another machine without TLS/);
    assert.doesNotMatch(open, /hunter2/);
  });

  it('does not need the database folder to exist', async () => {
    await shop.write(['./data/bridge.sqlite', './not/there/yet/bridge.sqlite']);
    await good();
  });

  it('may listen beyond loopback with the key and certificate of that host', async () => {
    await cp(join('test', 'config', 'throw-away-tls.cert.pem'), join(shop.folder, 'cert.pem'));
    await cp(join('test', 'config', 'throw-away-tls.key.pem'), join(shop.folder, 'key.pem'));
    await chmod(join(shop.folder, 'key.pem'), 0o600);
    await shop.write([
      'host: 127.0.0.1                 # beyond',
      'tls: { keyFile: ./key.pem, certFile: ./cert.pem }\n    host: 0.0.0.0 #',
    ]);
    assert.deepEqual((await good()).listen.terminal?.tls, {
      keyFile: join(shop.folder, 'key.pem'),
      certFile: join(shop.folder, 'cert.pem'),
    });
  });

  it('may take notifications beyond loopback without TLS: the proxy stands before that listener', async () => {
    await shop.write(['    host: 127.0.0.1\n    port: 8481', '    host: 0.0.0.0\n    port: 8481']);
    assert.equal((await good()).listen.upstream?.host, '0.0.0.0');
  });

  it('may have an existing database that only its owner reads', async () => {
    await mkdir(join(shop.folder, 'data'), { recursive: true });
    await writeFile(join(shop.folder, 'data', 'bridge.sqlite'), '', { mode: 0o600 });
    await shop.write();
    await good();
  });
});

describe('the JSON Schema of the configuration', () => {
  it('is the one the build wrote', async () => {
    const written = JSON.parse(await readFile(join('config', 'bridge.schema.json'), 'utf8')) as unknown;
    assert.deepEqual(written, JSON.parse(JSON.stringify(configJsonSchema())));
  });

  it('names every key of the file and refuses others', () => {
    const schema = configJsonSchema();
    assert.deepEqual(Object.keys(schema['properties'] as object), [
      'instanceId',
      'role',
      'acquirer',
      'timeZone',
      'listen',
      'database',
      'upstreams',
      'merchants',
      'lanes',
      'terminals',
      'reconciliation',
    ]);
    assert.equal(schema['additionalProperties'], false);
  });
});
