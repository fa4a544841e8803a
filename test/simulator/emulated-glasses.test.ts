import assert from 'node:assert/strict';
import { EMULATED_DRIVERS } from '#src/simulator/glass-emulators/emulated-glass.js';
import { describeEmulator, type EmulatorCase, SHOWN } from '../conformance/glass-emulator-suite.js';

const latin1 = (text: string) => Buffer.from(text, 'latin1');
const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');
const nextion = (...instructions: string[]) => latin1(instructions.map((one) => `${one}\xff\xff\xff`).join(''));
const textHex = latin1(SHOWN).toString('hex');

/** Golden bytes of the display reference, not of our drivers. */
const CASES: readonly EmulatorCase[] = [
  { name: 'mertech', driver: 'mertech', show: hex(`02 f2 02 00 14 ${textHex} 02 f2 03`) },
  { name: 'nextion', driver: 'nextion', show: nextion('page pay', `qr0.txt="${SHOWN}"`), ask: nextion('connect') },
  {
    name: 'dgus2',
    driver: 'dgus2',
    show: hex(`5aa5 19 82 1000 ${textHex} ffff 5aa5 07 82 0084 5a01 0001`),
    ask: hex('5aa5 04 83 000f 01'),
  },
  {
    name: 'escpos',
    driver: 'escpos',
    show: hex(
      `1b40 1d286b0400314132 00 1d286b0300314306 1d286b0300314531 1d286b1700315030 ${textHex} 1d286b0300315130 0a 1d564200`,
    ),
    ask: hex('10 04 01'),
    isPaper: true,
  },
  { name: 'line2x20, epson', driver: 'line2x20', show: hex(`0c 1f01 0b ${textHex} 1f240102 ${textHex}`), isText: true },
  {
    name: 'line2x20, cd5220',
    driver: 'line2x20',
    options: { dialect: 'cd5220' },
    isVariant: true,
    show: hex(`1b40 1b5141 ${textHex} 0d`),
    isText: true,
  },
  {
    name: 'line2x20, logic',
    driver: 'line2x20',
    options: { dialect: 'logic' },
    isVariant: true,
    show: hex(`1f 11 1000 ${textHex}`),
    isText: true,
  },
  {
    name: 'line2x20, aedex',
    driver: 'line2x20',
    options: { dialect: 'aedex' },
    isVariant: true,
    show: latin1(`!#1${SHOWN}\r`),
    isText: true,
  },
  {
    name: 'line2x20, dsp800',
    driver: 'line2x20',
    options: { dialect: 'dsp800' },
    isVariant: true,
    show: hex(`040143315817 04015031 17 ${textHex}`),
    isText: true,
  },
  {
    name: 'qr-line, bonrix',
    driver: 'qr-line',
    show: latin1(`DisplayQRCodeScreen**${SHOWN}**12.34**Shop\n`),
    ask: latin1('getvolume\n'),
  },
  {
    name: 'qr-line, DIY JSON',
    driver: 'qr-line',
    options: { preset: 'diy-json' },
    isVariant: true,
    show: latin1(`{"seq":7,"op":"qr","data":"${SHOWN}","amount":"12.34"}\n`),
    ask: latin1('{"seq":1,"op":"ping"}\n'),
  },
];

for (const one of CASES) describeEmulator(one);

describe('emulated glasses', () => {
  it('are all held to the same promises', () => {
    assert.deepEqual([...new Set(CASES.map(({ driver }) => driver))].sort(), [...EMULATED_DRIVERS].sort());
  });
});
