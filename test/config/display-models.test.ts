import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '#src/base/clock.js';
import { configJsonSchema } from '#src/config/config-schema.js';
import { findModel, listModels } from '#src/config/display-models.js';
import { loadConfig } from '#src/config/load-config.js';
import { type Problem, problemLine } from '#src/config/problem.js';
import { surfaceFor } from '#src/display/display-settings.js';
import { cli } from '../technician/cli-run.js';
import { type ConfigFolder, configFolder } from './config-folder.js';

const EXAMPLE = '{ driver: nextion, port: /dev/ttyUSB0, baudRate: 9600, options: {} }';

describe('models of displays', () => {
  let shop: ConfigFolder;
  beforeEach(async () => {
    shop = await configFolder();
  });
  afterEach(() => shop.remove());

  async function own(name: string, text: string): Promise<void> {
    await mkdir(join(shop.folder, 'displays'), { recursive: true });
    await writeFile(join(shop.folder, 'displays', `${name}.yaml`), text);
  }
  async function displayOf(text: string) {
    await shop.write([EXAMPLE, text]);
    const load = await loadConfig(shop.file, {});
    assert.equal(load.kind, 'ok', load.kind === 'wrong' ? load.problems.map(problemLine).join('\n') : '');
    const [display] = load.config.lanes[0]?.displays ?? [];
    assert.ok(display !== undefined);
    return display;
  }
  async function problemsOf(text: string): Promise<readonly Problem[]> {
    await shop.write([EXAMPLE, text]);
    const load = await loadConfig(shop.file, {});
    assert.ok(load.kind === 'wrong');
    return load.problems;
  }

  it('that come with the program are right, and a display needs no other word than its model and its port', async () => {
    const { models, problems } = await listModels(shop.file);
    assert.deepEqual(problems, []);
    const files = (await readdir(join('config', 'displays'))).filter((name) => name.endsWith('.yaml'));
    assert.deepEqual(models.map(({ name }) => `${name}.yaml`).sort(), files.sort());
    assert.deepEqual([...new Set(models.map(({ driver }) => driver))].sort(), [
      ...['dgus2', 'escpos', 'line2x20', 'mertech', 'nextion', 'qr-line'],
    ]);
    for (const { name, title, driver, baudRate, options } of models) {
      assert.ok(title.length > 10, name);
      const display = await displayOf(`{ model: ${name}, port: COM7 }`);
      assert.deepEqual([display.driver, 'baudRate' in display && display.baudRate], [driver, baudRate], name);
      for (const [key, value] of Object.entries(options))
        assert.deepEqual((display.options as Record<string, unknown>)[key], value, `${name} ${key}`);
      assert.ok(!('refused' in surfaceFor(display, systemClock)), name);
      const text = await readFile(join('config', 'displays', `${name}.yaml`), 'utf8');
      assert.match(text, /^# yaml-language-server: \$schema=\.\.\/display-model\.schema\.json\n/, name);
    }
  });

  it('give what the display leaves out; what stands there wins, key by key', async () => {
    await own(
      'till-3',
      'title: Panel of till 3\ndriver: nextion\nbaudRate: 57600\noptions:\n  pages: { idle: 3, pay: 4 }\n  textMax: 200\n  language: ja\n',
    );
    const display = await displayOf('{ model: till-3, port: /dev/ttyUSB0, options: { pages: { pay: 7 }, textMax: 90 } }');
    assert.ok(display.driver === 'nextion');
    const { pages, textMax, language, components } = display.options;
    assert.deepEqual(
      [display.baudRate, pages, textMax, language, components.qr],
      [57_600, { idle: 3, pay: 7, paid: 'paid' }, 90, 'ja', 'qr0'],
    );
    const faster = await displayOf('{ model: till-3, driver: nextion, port: /dev/ttyUSB0, baudRate: 115200 }');
    assert.equal('baudRate' in faster && faster.baudRate, 115_200);
  });

  it('beside the configuration come before those of the program', async () => {
    await own('nextion-2.8', 'title: Ours is faster\ndriver: nextion\nbaudRate: 115200\n');
    const display = await displayOf('{ model: nextion-2.8, port: COM7 }');
    assert.equal('baudRate' in display && display.baudRate, 115_200);
    const load = await findModel('nextion-2.8', shop.file);
    assert.deepEqual(load.kind === 'ok' && [load.model.title, load.model.isShipped], ['Ours is faster', false]);
  });

  it('that are wrong are named with file, line, key and repair, once, beside everything else', async () => {
    await own('till-3', 'title: Panel\ndriver: nextion\noptions:\n  textMx: 90\n');
    await shop.write(
      [EXAMPLE, `{ model: till-3, port: COM7 }\n      - { model: till-3, port: COM8 }`],
      ['region: JP', 'region: jp'],
    );
    const load = await loadConfig(shop.file, {});
    assert.ok(load.kind === 'wrong');
    const text = load.problems.map(problemLine).join('\n');
    const file = join(shop.folder, 'displays', 'till-3.yaml');
    assert.equal(load.problems.filter((one) => one.file === file).length, 1, text);
    assert.ok(text.includes(`${file}:4 options.textMx: is an unknown key. Repair: Did you mean "textMax"?`), text);
    assert.match(
      text,
      /lanes\[0\]\.displays\[0\]\.model: the file of the model till-3 is wrong\. Repair: Correct .*till-3\.yaml/,
    );
    assert.match(text, /merchantAddress\.region/);
    for (const [broken, why] of [
      ['title: Panel\n', /driver: is missing/],
      ['driver: nextion\n', /title: is missing/],
      ['title: Panel\ndriver: nexion\n', /perhaps "nextion" is meant/],
      ['title: Panel\ndriver: virtual\n', /must be one of/],
      ['title: Panel\ndriver: nextion\nport: COM7\n', /port: is an unknown key/],
      ['title: [\n', /not valid YAML/],
      ['', /the file is empty/],
    ] as const) {
      await own('till-3', broken);
      assert.match((await problemsOf('{ model: till-3, port: COM7 }')).map(problemLine).join('\n'), why, broken);
    }
  });

  it('whose options their driver refuses are told at the display, with the model to correct', async () => {
    await own('till-3', 'title: Line display of till 3\ndriver: qr-line\noptions:\n  templates: { foo: Screen }\n');
    const [problem, ...more] = await problemsOf('{ model: till-3, port: COM7 }');
    assert.deepEqual(
      [more.length, problem?.key, problem?.line],
      [0, 'lanes[0].displays[0].options.templates.foo', shop.lineOf('model: till-3')],
    );
    assert.match(problem?.repair ?? '', /^Correct templates\.foo here or in the file of the model till-3, or remove it/);
  });

  it('that are not there are told with what there is', async () => {
    const [problem] = await problemsOf('{ model: something-else-entirely, port: COM7 }');
    assert.match(problem?.repair ?? '', /^Known: aedex, .*nextion-2\.4, .*partner-cd5220\. Or give driver and options here\.$/);
    assert.equal(
      (await problemsOf('{ model: something-else-entirely, port: COM7 }')).length,
      1,
      'and nothing that follows from it',
    );
  });

  it('may be named instead of a driver by the JSON Schema for editors, too', () => {
    const text = JSON.stringify(configJsonSchema());
    assert.match(text, /"required":\["model","port"\],"additionalProperties":false/);
  });

  it('are listed, the own ones with their file', async () => {
    await own('till-3', 'title: Panel of till 3\ndriver: nextion\n');
    const listed = await cli(['display', 'models', '--config', shop.file]);
    assert.equal(listed.code, 0, listed.err);
    assert.match(listed.out, /^nextion-2\.8 +Nextion or TJC panel, 2\.8 inch, 320x240 \(nextion, 9600 baud\)$/m);
    assert.match(listed.out, /^till-3 +Panel of till 3 \(nextion\): your own, .*till-3\.yaml$/m);
    const json = await cli(['display', 'models', '--config', shop.file, '--json']);
    const { ok, models } = JSON.parse(json.out) as { ok: boolean; models: { name: string; isShipped: boolean }[] };
    assert.ok(ok && models.some(({ name, isShipped }) => name === 'till-3' && !isShipped));
    await own('till-3', 'title: Panel of till 3\n');
    const wrong = await cli(['display', 'models', '--config', shop.file]);
    assert.deepEqual([wrong.code, wrong.out.includes('till-3')], [1, false]);
    assert.match(wrong.err, /till-3\.yaml:1 driver: is missing/);
    await rm(join(shop.folder, 'displays'), { recursive: true });
  });
});
