import assert from 'node:assert/strict';
import { cli } from './cli-run.js';

const COMMANDS: readonly (readonly string[])[] = [
  ['serve'],
  ['stop'],
  ['reload'],
  ['demo'],
  ['simulator'],
  ['config', 'check'],
  ['keys', 'generate'],
  ['keys', 'check'],
  ['terminal', 'add'],
  ['payment', 'show'],
  ['payment', 'timeline'],
];

describe('the command line', () => {
  it('lists every command that is built', async () => {
    const { code, out } = await cli(['--help']);
    assert.equal(code, 0);
    for (const name of ['serve', 'stop', 'reload', 'demo', 'simulator', 'config', 'keys', 'terminal', 'payment']) {
      assert.match(out, new RegExp(`^ {2}${name}\\b`, 'm'));
    }
    assert.doesNotMatch(out, /doctor|recon|backup/, 'nothing is listed that is not there');
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
      const givesJson = ['config check', 'keys check', 'payment show', 'payment timeline'].includes(name);
      assert.equal(out.includes('--json'), givesJson);
    });

    it(`refuses an unknown option of "${name}" with exit code 1`, async () => {
      const { code, out, err } = await cli([...command, '--colour']);
      assert.deepEqual([code, out], [1, '']);
      assert.match(err, /unknown option|required option|missing required argument/);
    });
  }

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
        clientPublicKeyFile: undefined,
        orderLifeSeconds: 180,
        cancelWindow: 'open',
      },
    ]);
  });

  it('gives back the exit code of the verb, and 2 with a sentence for what it throws', async () => {
    assert.equal((await cli(['demo'], { demo: () => Promise.resolve(7) })).code, 7);
    const thrown = await cli(['demo'], { demo: () => Promise.reject(new Error('the page cannot be opened')) });
    assert.deepEqual(thrown, { code: 2, out: '', err: 'the page cannot be opened\n' });
  });
});
