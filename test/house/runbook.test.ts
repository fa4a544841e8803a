import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BRIDGE_ERROR_CODES } from '#src/base/bridge-error.js';
import { ALARMS } from '#src/payment/alarms.js';
import { READINESS_WORDS } from '#src/readiness.js';

const RUNBOOK = 'docs/runbook.md';

/** The first cell of every row of the section's table, without its backticks. */
async function rowsOf(section: string): Promise<string[]> {
  const [, text = ''] = (await readFile(RUNBOOK, 'utf8')).split(`\n## ${section}\n`);
  const [own = ''] = text.split('\n## ');
  const rows = [...own.matchAll(/^\| `([^`]+)` \| ([^|]+) \| ([^|]+) \|$/gm)];
  for (const [row, , meaning = '', act = ''] of rows) {
    assert.ok(meaning.trim().length > 20 && act.trim().length > 5, `${RUNBOOK}: a row says what it means and what to do: ${row}`);
  }
  return rows.map(([, word = '']) => word);
}

/** What the sources say when they raise an alarm that is not about one payment's life. */
async function alarmEvents(): Promise<string[]> {
  const names = (await readdir('src', { recursive: true })).filter((name) => name.endsWith('.ts'));
  const texts = await Promise.all(names.map((name) => readFile(join('src', name), 'utf8')));
  return texts.flatMap((text) => [...text.matchAll(/\.alarm\(\s*'([^']+)'/g)].map(([, event = '']) => event));
}

describe('the runbook', () => {
  it('has one line for every cause the bridge can name', async () => {
    assert.deepEqual((await rowsOf('Causes with a code')).sort(), [...BRIDGE_ERROR_CODES].sort());
  });

  it('has one line for every word of readiness that is no such cause', async () => {
    assert.deepEqual((await rowsOf('Words of readiness')).sort(), [...READINESS_WORDS].sort());
  });

  it('has one line for every alarm about a payment', async () => {
    assert.deepEqual((await rowsOf('Alarms about a payment')).sort(), [...ALARMS].sort());
  });

  it('has one line for every other alarm that is logged', async () => {
    const events = new Set(await alarmEvents());
    assert.ok(events.delete('payment needs a look'), 'alarms about payments are logged under one name');
    assert.deepEqual((await rowsOf('Other alarms')).sort(), [...events].sort());
  });
});
