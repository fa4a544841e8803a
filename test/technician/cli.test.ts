import assert from 'node:assert/strict';
import { cli } from './cli-run.js';

const COMMANDS: readonly (readonly string[])[] = [
  ['serve'],
  ['stop'],
  ['reload'],
  ['demo'],
  ['simulator'],
  ['glass'],
  ['config', 'check'],
  ['doctor'],
  ['keys', 'generate'],
  ['keys', 'check'],
  ['terminal', 'add'],
  ['payment', 'show'],
  ['payment', 'timeline'],
  ['recon', 'import'],
  ['recon', 'run'],
  ['recon', 'close'],
  ['user', 'list'],
];

describe('the command line', () => {
  it('lists every command that is built', async () => {
    const { code, out } = await cli(['--help']);
    assert.equal(code, 0);
    for (const name of [
      'serve',
      'stop',
      'reload',
      'demo',
      'simulator',
      'glass',
      'config',
      'doctor',
      'keys',
      'terminal',
      'payment',
      'recon',
    ]) {
      assert.match(out, new RegExp(`^ {2}${name}\\b`, 'm'));
    }
    assert.doesNotMatch(out, /backup/, 'nothing is listed that is not there');
  });

  it('tells its version', async () => {
    assert.deepEqual(await cli(['--version']), { code: 0, out: '9.9.9\n', err: '' });
  });

  for (const command of COMMANDS) {
    const name = command.join(' ');
    it(`explains "${name}" with --help and exit code 0`, async () => {
      const { code, out, err } = await cli([...command, '--help']);
      assert.deepEqual([code, err], [0, '']);
      assert.match(out, new RegExp(`^Usage: ocbridge ${name}`));
      const takesConfig = !['demo', 'simulator', 'keys generate'].includes(name);
      assert.equal(out.includes('--config <file>'), takesConfig);
      const givesJson =
        ['glass', 'config check', 'doctor', 'keys check', 'payment show', 'payment timeline', 'user list'].includes(name) ||
        name.startsWith('recon ');
      assert.equal(out.includes('--json'), givesJson);
    });

    it(`refuses an unknown option of "${name}" with exit code 1`, async () => {
      const { code, out, err } = await cli([...command, '--colour']);
      assert.deepEqual([code, out], [1, '']);
      assert.match(err, /unknown option|required option|missing required argument/);
    });
  }

  it('says of recon commands how they end, and which options are required', async () => {
    for (const verb of ['import', 'fetch', 'run', 'close'])
      assert.match((await cli(['recon', verb, '--help'])).out, /\nExit codes: 0 .*, 1 .*, 2 /, verb);
    assert.match((await cli(['recon', 'close', '--help'])).out, /--by <name> [^-]*\(required\)/);
    assert.equal((await cli(['recon', 'run', '--help'])).out.includes('(required)'), false);
  });

  for (const [why, argv] of [
    ['no command', []],
    ['an unknown command', ['sell']],
    ['a group without its command', ['keys']],
    ['an unknown command of a group', ['keys', 'lend']],
    ['a missing argument', ['payment', 'show']],
    ['an argument too many', ['config', 'check', 'now']],
    ['an option without its value', ['stop', '--config']],
    ['keys generate without a folder', ['keys', 'generate']],
    ['terminal add without a lane', ['terminal', 'add', 'T02']],
    ['a demo port that is none', ['demo', '--port', '70000']],
    ['a simulator port that is none', ['simulator', '--port', 'x', '--seed', '1']],
    ['a simulator without a seed', ['simulator', '--port', '9000']],
    ['a glass of no kind', ['glass', '--listen', 'pty']],
    ['a glass of a model that nobody knows', ['glass', '--model', 'nexton-2.8', '--listen', 'pty']],
    ['a glass whose model is for another driver', ['glass', '--model', 'nextion-2.8', '--driver', 'dgus2', '--listen', 'pty']],
    ['a glass without a place', ['glass', '--driver', 'nextion']],
    ['a glass of an unknown kind', ['glass', '--driver', 'cinema', '--listen', 'pty']],
    ['a glass for other machines', ['glass', '--driver', 'nextion', '--listen', 'tcp://0.0.0.0:5000']],
    ['a glass at a place that is none', ['glass', '--driver', 'nextion', '--listen', 'ptty']],
    ['an option of a glass that it has not', ['glass', '--driver', 'nextion', '--listen', 'pty', '--option', 'crc=true']],
    ['an option of a glass with a wrong value', ['glass', '--driver', 'dgus2', '--listen', 'pty', '--option', 'crc=1']],
    ['an option of a glass without a value', ['glass', '--driver', 'dgus2', '--listen', 'pty', '--option', 'crc']],
    ['an unknown cancel window', ['simulator', '--port', '9000', '--seed', '1', '--cancel-window', 'ajar']],
  ] as const) {
    it(`refuses ${why} with exit code 1 and a sentence`, async () => {
      const { code, out, err } = await cli(argv);
      assert.deepEqual([code, out], [1, '']);
      assert.match(err, /\S/);
      assert.doesNotMatch(err, /\n\s+at /, 'no stack');
    });
  }

  it('hands the demo and the simulator their options', async () => {
    const given: unknown[] = [];
    const take = (options: unknown) => {
      given.push(options);
      return Promise.resolve(0);
    };
    await cli(['demo', '--port', '8123'], { demo: take });
    await cli(['demo'], { demo: take });
    await cli(['simulator', '--port', '9000', '--seed', 's1', '--faults', 'f.json'], { simulator: take });
    assert.deepEqual(given, [
      { port: 8123 },
      { port: undefined },
      {
        port: 9000,
        seed: 's1',
        faultsFile: 'f.json',
        chaosLevel: undefined,
        clientPublicKeyFile: undefined,
        orderLifeSeconds: 180,
        cancelWindow: 'open',
      },
    ]);
  });

  it('hands the glass its options, and what the configuration has to say of it', async () => {
    const given: unknown[] = [];
    const glass = (order: unknown) => {
      given.push(order);
      return Promise.resolve(0);
    };
    const usual = { baudRate: undefined, pagePort: undefined, seed: '1', faultsFile: undefined, json: false, trace: false };
    await cli(['glass', '--driver', 'mertech', '--listen', 'tcp://127.0.0.1:5001'], { glass });
    const options = ['--option', 'crc=true', '--option', 'vp.qr=0x3000', '--option', 'vp.amount=16', '--option', 'bootMs=10'];
    await cli(['glass', '--driver', 'dgus2', '--listen', 'pty:/tmp/a b', '--baud', '9600', ...options], { glass });
    const more = ['--page', '0', '--seed', 's', '--faults', 'f.json', '--json', '--trace'];
    await cli(['glass', '--model', 'generic-58mm', '--listen', 'pty', '--option', 'native=false'], { glass });
    await cli(['glass', '--driver', 'qr-line', '--listen', 'com7', '--option', 'preset=diy-json', ...more], { glass });
    const shared = { crc: true, vp: { qr: 0x3000, amount: 16 } };
    assert.deepEqual(given, [
      { ...usual, driver: 'mertech', options: {}, entry: { driver: 'mertech' }, listen: { kind: 'tcp', port: 5001 } },
      {
        ...usual,
        driver: 'dgus2',
        baudRate: 9600,
        options: { ...shared, bootMs: 10 },
        entry: { driver: 'dgus2', baudRate: 9600, options: shared },
        listen: { kind: 'pty', link: '/tmp/a b' },
      },
      {
        ...usual,
        driver: 'escpos',
        baudRate: 9600,
        options: { native: false, columns: 32, moduleDots: 6, flow: 'none' },
        entry: { model: 'generic-58mm', options: { native: false } },
        listen: { kind: 'pty', link: undefined },
      },
      {
        driver: 'qr-line',
        baudRate: undefined,
        options: { preset: 'diy-json' },
        entry: { driver: 'qr-line', options: { preset: 'diy-json' } },
        listen: { kind: 'terminal', path: 'com7' },
        pagePort: 0,
        seed: 's',
        faultsFile: 'f.json',
        json: true,
        trace: true,
      },
    ]);
  });

  it('gives back the exit code of the verb, and 2 with a sentence for what it throws', async () => {
    assert.equal((await cli(['demo'], { demo: () => Promise.resolve(7) })).code, 7);
    const thrown = await cli(['demo'], { demo: () => Promise.reject(new Error('the page cannot be opened')) });
    assert.deepEqual(thrown, { code: 2, out: '', err: 'the page cannot be opened\n' });
  });
});
