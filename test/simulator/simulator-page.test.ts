import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { knownFaults } from '#src/simulator/fault-plan.js';
import { cli } from '../technician/cli-run.js';

const PAGE = 'docs/simulator.md';
const FROM = '<!-- faults: compared with the program by test/simulator/simulator-page.test.ts -->\n';
const TO = '<!-- end of faults -->';

describe('the page about the simulator', () => {
  it('lists every fault, as the program does', async () => {
    const rows = knownFaults().map(
      ({ name, calls, level, does }) =>
        `| \`${name}\` | ${calls.length === 4 ? 'every call' : calls.join(', ')} | ${level} | ${does.replaceAll('|', '\\|')} |`,
    );
    const table = ['| name | plays in | level | what happens |', '|---|---|---|---|', ...rows, ''].join('\n');
    const text = await readFile(PAGE, 'utf8');
    assert.equal(text.slice(text.indexOf(FROM) + FROM.length, text.indexOf(TO)), table);
    assert.ok(rows.length >= 60, 'a hostile upstream has many ways');
  });

  it('names every option of the command', async () => {
    const { out } = await cli(['simulator', '--help']);
    const options = [...out.matchAll(/^ {2}(--[a-z-]+)/gm)].map(([, name]) => name);
    assert.ok(options.length > 5);
    const text = await readFile(PAGE, 'utf8');
    for (const option of options) assert.ok(text.includes(`| \`${option} `), `${PAGE} has a line for ${option}`);
  });
});
