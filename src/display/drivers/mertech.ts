import { invariant } from '../../base/assert.js';
import type { DisplayDriver, Frame, Step } from '../display-driver.js';
import { firmwareSymbol } from '../symbol-plan.js';
import { codeTextRefusal, createMuteParser, muteStep } from './mute-device.js';

const LONGEST_CODE = 1000;
/** The device needs time to draw and has no way to say that it has; libraries for it wait longer still. */
const AFTER_COMMAND_MS = 50;
const START = 0x02;
/** Head, length and trailer around a code. */
const FRAME_BYTES = 8;

function word(text: string): Step {
  return muteStep(text, Uint8Array.from([START, 0xf0, 0x03, ...Buffer.from(text, 'latin1'), 0x03]), AFTER_COMMAND_MS);
}

const CLEAR = word('CLS');
const CORRECT = word('correct');
const MISTAKE = word('mistake');

function codeStep(codeText: string): Step {
  const payload = Buffer.from(codeText, 'latin1');
  // The length takes two bytes; libraries that write one are wrong from 256 bytes on.
  const length = [payload.length >> 8, payload.length & 0xff];
  const bytes = Uint8Array.from([START, 0xf2, 0x02, ...length, ...payload, START, 0xf2, 0x03]);
  return muteStep('show the code', bytes, AFTER_COMMAND_MS);
}

function refusal(codeText: string): string | undefined {
  if (codeText.length > LONGEST_CODE) return `the code has ${codeText.length} bytes, this glass takes ${LONGEST_CODE}`;
  return codeTextRefusal(codeText);
}

function paintSteps(frame: Frame): readonly Step[] {
  switch (frame.kind) {
    case 'scan':
      invariant(refusal(frame.codeText) === undefined, 'a code was painted that this glass refuses');
      return [codeStep(frame.codeText)];
    case 'thanks':
      return [CORRECT];
    case 'notPaid':
    case 'cancelled':
      return [MISTAKE];
    default:
      return [CLEAR];
  }
}

/**
 * MERTECH QR-PAY displays: a length and the code, or one of three words for empty, paid and failed (display reference 2). It has no text
 * and no replies, so `written` is all that can be known. `BTON` and `BTOFF` are never sent: users lost the display after them.
 */
export function createMertechDriver(): DisplayDriver {
  return {
    model: 'mertech',
    language: null,
    can: {
      qr: 'native',
      centreIcon: false,
      markBeside: false,
      longestCode: LONGEST_CODE,
      text: 'none',
      canClear: true,
      confirmation: 'written',
    },
    defaultBaudRate: 115_200,
    parser: createMuteParser,
    // The rest of the longest code that an earlier connection may have left unfinished: else blank and next code would be taken for it.
    wake: () => [muteStep('end of a half code', new Uint8Array(LONGEST_CODE + FRAME_BYTES), AFTER_COMMAND_MS)],
    paint: paintSteps,
    // Twice: a device that lost a byte of a code takes the first of the two for its end.
    blank: () => [CLEAR, CLEAR],
    meaning: () => 'other',
    symbol: firmwareSymbol,
    refuses: refusal,
  };
}
