import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { listModels } from '#src/config/display-models.js';
import { createGlassDesk, TROUBLES } from '#src/rehearsal/glass-desk.js';
import { readGlassFaults } from '#src/rehearsal/glass-faults.js';
import { createEmulatedGlass } from '#src/simulator/glass-emulators/emulated-glass.js';
import { tcpSocket } from '#src/simulator/glass-emulators/plugged-glass.js';
import { createManualClock } from '../support/manual-clock.js';

const PAGE = 'docs/displays.md';

/** Everything of one section. */
async function section(title: string): Promise<string> {
  const [, text] = (await readFile(PAGE, 'utf8')).split(`\n## ${title}\n`);
  assert.ok(text !== undefined, `${PAGE} has a section "${title}"`);
  return text.split('\n## ')[0] ?? '';
}

describe('the page about displays', () => {
  it('names every model that is shipped, with its driver, and no other', async () => {
    const { models } = await listModels('config/bridge.yaml');
    const rows = [...(await section('Which display')).matchAll(/^\| (`[^|]*) \| `([a-z0-9-]+)` \|/gm)];
    const named = rows.flatMap(([, names = '', driver]) =>
      [...names.matchAll(/`([^`]+)`/g)].map(([, name]) => `${name} ${driver}`),
    );
    assert.deepEqual(named.sort(), models.map(({ name, driver }) => `${name} ${driver}`).sort());
  });

  it('gives lines for home-made displays that the emulated one obeys and answers as told', async () => {
    const text = await section('Home-made displays: DIY JSON');
    const [asked = '', answers = ''] = text.split('Answers:');
    const lines = [...asked.matchAll(/^\| `(\{.*?\})` \| (.*) \|$/gm)].map(([, line = '', shows = '']) => ({ line, shows }));
    assert.equal(lines.length, 7);
    const clock = createManualClock();
    const glass = createEmulatedGlass('qr-line', { clock, paced: false, options: { preset: 'diy-json', bootMs: 10 } });
    assert.ok(glass !== undefined);
    let heard = '';
    glass.onBytes((bytes) => {
      heard += bytes.toString();
    });
    for (const { line } of lines) {
      const { seq, op, data } = JSON.parse(line) as { seq: number; op: string; data?: string };
      heard = '';
      glass.receive(Buffer.from(`${line}\n`));
      await clock.advance(200);
      assert.deepEqual(JSON.parse(heard), { seq, ok: true }, op);
      assert.equal(glass.view().code, data ?? null, op);
    }
    assert.ok(answers.includes('`{"seq":3,"ok":true}`') && answers.includes('`{"event":"boot"}`'));
    heard = '';
    glass.receive(Buffer.from('{"seq":3,"op":"qr"}\n'));
    await clock.advance(200);
    assert.ok(answers.includes(`\`${heard.trim()}\``), heard);
    heard = '';
    glass.reboot();
    await clock.advance(200);
    assert.equal(heard, '{"event":"boot"}\n');
    await glass.stop();
  });

  it('tells the keys and the faults of a rehearsal as they are', async () => {
    const text = await section('Rehearse without hardware');
    const clock = createManualClock();
    const glass = createEmulatedGlass('nextion', { clock });
    assert.ok(glass !== undefined);
    const desk = createGlassDesk(glass, await tcpSocket(glass));
    const [keys = ''] = /- Keys: [\s\S]*?(?=\n- )/.exec(text) ?? [];
    const told = [...keys.matchAll(/`(\w)`/g)].map(([, key]) => key);
    assert.deepEqual(told.sort(), [...desk.troubles().map(({ key }) => key), 'q'].sort());
    await glass.stop();
    const [, plan = ''] = /```json\n([\s\S]*?)```/.exec(text) ?? [];
    assert.ok(typeof readGlassFaults(plan) !== 'string', String(readGlassFaults(plan)));
    for (const { name } of TROUBLES) {
      const [head = ''] = name.split(/-(?:in|out)$/);
      assert.ok(text.includes(`\`${head}\``), name);
    }
  });
});
