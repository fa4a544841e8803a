import assert from 'node:assert/strict';
import { instant } from '#src/base/clock.js';
import type { DeviceEvent, Frame, Step } from '#src/display/display-driver.js';
import { createDgus2Driver } from '#src/display/drivers/dgus2.js';
import { DGUS2_DEFAULTS, type Dgus2Options, dgus2Options } from '#src/display/drivers/dgus2-options.js';
import { createDgus2Glass, type Dgus2GlassOptions } from '#src/simulator/glass-emulators/dgus2-glass.js';
import { connectDriver, describeDriver, standInOf } from '../../conformance/display-driver-suite.js';

const amount = { currency: 'HKD', value: '1234' };
const scan = (codeText: string): Frame => ({ kind: 'scan', codeText, amount, expiresAt: instant(0) });
const CODE = 'https://q.example/AB';
const hex = (written: string) => Buffer.from(written.replaceAll(' ', ''), 'hex');
const CODE_HEX = '68 74 74 70 73 3A 2F 2F 71 2E 65 78 61 6D 70 6C 65 2F 41 42';

const device =
  (options: Dgus2GlassOptions): Parameters<typeof connectDriver>[0]['device'] =>
  (reply, clock) =>
    standInOf(createDgus2Glass({ clock, paced: false, pageMs: 0, ...options }), reply);

/** One frame whose length is right; written text is printable, padded by 00 and ended by FF FF. */
function isClean(bytes: Uint8Array, crc: boolean): boolean {
  const wire = Buffer.from(bytes);
  const body = wire.subarray(3, crc ? -2 : undefined);
  if (wire[0] !== 0x5a || wire[1] !== 0xa5 || wire[2] !== wire.length - 3 || wire.length > 255) return false;
  if (body[0] === 0x83) return body.length === 4;
  const [high = 0, low = 0] = body.subarray(1);
  if (body[0] !== 0x82) return false;
  if (high === 0 && low === 0x84) return body.length === 7 && body[3] === 0x5a && body[4] === 1;
  return /^[\x20-\x7e]*\0?(\xff\xff)?$/.test(body.subarray(3).toString('latin1')) && body.length % 2 === 1;
}

const plainMessages = [
  '5A A5 03 82 4F 4B',
  '5A A5 06 83 00 14 01 00 02',
  '5A A5 08 83 5A A5 02 5A A5 03 82',
  '5A A5 06 83 10 00 01 FF FF',
];
const crcMessages = ['5A A5 05 82 4F 4B A5 EF'];

function dgus2Case(name: string, options: Partial<Dgus2Options>, panel: Dgus2GlassOptions) {
  const crc = options.crc ?? false;
  const golden = crc
    ? [{ codeText: CODE, hex: `5A A5 1B 82 10 00 ${CODE_HEX} FF FF 11 B1` }]
    : [
        { codeText: CODE, hex: `5A A5 19 82 10 00 ${CODE_HEX} FF FF` },
        { codeText: 'ABC', hex: '5A A5 09 82 10 00 41 42 43 00 FF FF' },
      ];
  describeDriver({
    name: `dgus2, ${name}`,
    driver: createDgus2Driver({ ...DGUS2_DEFAULTS, ...options }),
    device: device({ crc, ...panel }),
    golden,
    isClean: (bytes) => isClean(bytes, crc),
    messages: (crc ? crcMessages : plainMessages).map(hex),
  });
}

dgus2Case('codes up to 154 bytes', {}, {});
dgus2Case('codes up to 458 bytes, with checksums', { maxPayload: 458, crc: true }, {});
dgus2Case('a panel that confirms no writes', { maxPayload: 458 }, { acks: false });
dgus2Case('without reading back', { readBack: false, crc: true }, {});

describe('dgus2 driver', () => {
  const driver = createDgus2Driver(DGUS2_DEFAULTS);
  const wire = (steps: readonly Step[]) => steps.map((step) => Buffer.from(step.bytes).toString('hex'));
  const padded = (text: string) => Buffer.from(text.length % 2 === 1 ? `${text}\0` : text).toString('hex');

  it('writes the code while another page is shown, reads it back, turns to the page and checks it, and says its words only then', () => {
    const label = 'Scan to pay with Alipay+';
    assert.deepEqual(wire(driver.paint(scan(CODE))), [
      '5aa5078200845a010000',
      `5aa519821000${Buffer.from(CODE).toString('hex')}ffff`,
      '5aa5048310000b',
      `5aa50f822000${padded('HKD 12.34')}ffff`,
      '5aa5078200845a010001',
      '5aa50483001401',
      `5aa51d822100${padded(label)}ffff`,
      '5aa505822200ffff',
    ]);
  });

  it('turns pages by the bytes of the reference, with and without checksum', () => {
    const withCrc = createDgus2Driver({ ...DGUS2_DEFAULTS, crc: true });
    assert.ok(wire(driver.paint({ kind: 'thanks', amount })).includes('5aa5078200845a010002'));
    assert.ok(wire(withCrc.paint({ kind: 'thanks', amount })).includes('5aa5098200845a0100028bcf'));
    assert.equal(wire(driver.wake())[1], '5aa50483000f01');
  });

  it('empties the variable and leaves the page to blank, then empties the texts', () => {
    const steps = wire(driver.blank());
    assert.deepEqual(steps.slice(0, 4), ['5aa505821000ffff', '5aa50483100001', '5aa5078200845a010000', '5aa50483001401']);
    assert.deepEqual(
      steps.slice(4).filter((step) => step.startsWith('5aa50582')),
      ['5aa505822000ffff', '5aa505822100ffff', '5aa505822200ffff'],
    );
  });

  it('splits a long code at even addresses', () => {
    const long = createDgus2Driver({ ...DGUS2_DEFAULTS, maxPayload: 458 });
    const writes = long.paint(scan('x'.repeat(457))).filter((step) => step.what === 'write the code');
    assert.deepEqual(
      writes.map((step) => Buffer.from(step.bytes.subarray(0, 6)).toString('hex')),
      ['5aa5f3821000', '5aa5df821078'],
    );
  });

  it('keeps the silence between frames that the options ask for, and waits for slow lines', () => {
    const slow = createDgus2Driver({ ...DGUS2_DEFAULTS, interFrameMs: 35, baudRate: 9600 });
    assert.ok(slow.paint(scan(CODE)).every((step) => step.gapMs === 35));
    const timeoutOf = (one: typeof driver) => Math.max(...one.paint(scan('x'.repeat(154))).map((step) => step.timeoutMs));
    assert.ok(timeoutOf(slow) > 150 + 156 && timeoutOf(driver) < 180);
  });

  it('refuses a code that the panel has cut, swapped or lost on the way', () => {
    const readBack = driver.paint(scan(CODE)).find((step) => step.what === 'read the code back');
    const parser = driver.parser();
    const verdicts = ['5AA51A8310000B', '5AA51A8320000B'].map((head) => {
      const [event] = parser.push(Buffer.concat([hex(head), Buffer.from('tths://q.example/AB'.padEnd(20)), hex('FFFF')]));
      return event && readBack?.expect?.(event);
    });
    assert.deepEqual(verdicts, [{ refused: 'the panel holds another text than was written' }, 'ignore']);
  });

  it('is not led astray by touches while it waits', async () => {
    const { run, device: panel } = await connectDriver({
      driver,
      device(reply, clock) {
        const glass = createDgus2Glass({ clock, paced: false, pageMs: 0 });
        glass.onBytes((bytes) => {
          // A touch just before each answer.
          reply(hex('5A A5 06 83 50 00 01 00 01'));
          reply(bytes);
        });
        return { feed: (bytes) => glass.receive(bytes), visibleCode: () => glass.view().code };
      },
    });
    await run(driver.wake());
    assert.deepEqual(await run(driver.paint(scan(CODE))), { kind: 'done', proof: 'verified' });
    assert.equal(panel.visibleCode(), CODE);
  });

  it('asks a second time about a page that is not turned yet, and names the wrong one in the end', async () => {
    const slow = await connectDriver({ driver, device: device({ pageMs: 100 }) });
    await slow.run(driver.wake());
    assert.equal((await slow.run(driver.paint(scan(CODE)))).kind, 'done');
    const fewPages = await connectDriver({ driver, device: device({ pages: 1 }) });
    await fewPages.run(driver.wake());
    assert.deepEqual(await fewPages.run(driver.paint(scan(CODE))), {
      kind: 'refused',
      step: 'page 1 shown',
      why: 'the panel shows page 0 instead of page 1',
    });
  });

  it('notices in its idle question that the panel has restarted', async () => {
    const { run, glass } = await withGlass({ bootMs: 0 });
    await run(driver.wake());
    await run(driver.paint(scan(CODE)));
    const alive = () => driver.alive?.(scan(CODE)) ?? [];
    assert.equal((await run(alive())).kind, 'done');
    glass.reboot();
    assert.equal((await run(alive())).kind, 'refused');
  });

  it('takes a panel that confirms no writes for what it is, and one that does for the other again', async () => {
    const { run, glass } = await withGlass({ acks: false });
    await run(driver.wake());
    const silent = driver.paint(scan(CODE));
    assert.ok(silent.filter((step) => step.what.startsWith('write')).every((step) => step.expect === undefined));
    assert.deepEqual(await run(silent), { kind: 'done', proof: 'verified' });
    await glass.stop();
    const other = await withGlass({});
    await other.run(driver.wake());
    assert.ok(driver.paint(scan(CODE)).every((step) => step.expect !== undefined));
  });

  async function withGlass(options: Dgus2GlassOptions) {
    let made: ReturnType<typeof createDgus2Glass> | undefined;
    const { run } = await connectDriver({
      driver,
      device(reply, clock) {
        made = createDgus2Glass({ clock, paced: false, pageMs: 0, ...options });
        return standInOf(made, reply);
      },
    });
    assert.ok(made !== undefined);
    return { run, glass: made };
  }

  it('resynchronises by length and checksum after a damaged reply', () => {
    const parser = createDgus2Driver({ ...DGUS2_DEFAULTS, crc: true }).parser();
    const ack = hex('5A A5 05 82 4F 4B A5 EF');
    const damaged = hex('5A A5 05 82 4F 4B A5 EE');
    assert.deepEqual(
      parser.push(Buffer.concat([damaged, ack.subarray(0, 3), ack])).map(({ kind }: DeviceEvent) => kind),
      ['ack'],
    );
  });

  it('takes the layout of the project from its options, and refuses one that cannot be', () => {
    assert.deepEqual(dgus2Options({}), { ...DGUS2_DEFAULTS, language: undefined });
    const given = dgus2Options({ crc: true, vp: { line2: 0 }, pages: { pay: 7 }, maxPayload: 458, readBack: false }, 9600);
    assert.ok(!('refused' in given));
    assert.equal(createDgus2Driver(given).can.confirmation, 'acked');
    assert.equal(createDgus2Driver(given).paint(scan('x')).length, 5);
    for (const [wrong, words] of [
      [{ vp: { qr: 0x80 } }, /vp\.qr must be 0x1000 or higher/],
      [{ vp: { qr: 0 } }, /vp\.qr/],
      [{ vp: { line2: 0xffff } }, /vp\.line2.*room/],
      [{ vp: { amount: 0x1010 } }, /vp\.amount lies within/],
      [{ vp: { colour: 1 } }, /unknown; there are: qr/],
      [{ maxPayload: 459 }, /1 to 458/],
      [{ pages: { idle: 'a' } }, /whole number/],
      [{ interFrameMs: -1 }, /interFrameMs/],
    ] as const) {
      const refused = dgus2Options(wrong);
      assert.match('refused' in refused ? refused.refused : '', words);
    }
  });
});
