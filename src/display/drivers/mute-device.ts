import type { DeviceParser, Step } from '../display-driver.js';

/** Hears nothing in whatever a device sends that has no replies by its maker's word. */
export function createMuteParser(): DeviceParser {
  return { push: () => [] };
}

/** A write that nothing answers: that the system took the bytes is all it proves. `gapMs` of silence follow. */
export function muteStep(what: string, bytes: Uint8Array, gapMs: number): Step {
  return { what, bytes, gapMs, timeoutMs: 0, tries: 1, proves: 'written' };
}

const PRINTABLE = /^[\x20-\x7e]+$/;

/** Why no device takes this code: it is empty, or holds more than printable ASCII; undefined when it is fine (display reference 9.2). */
export function codeTextRefusal(codeText: string): string | undefined {
  if (codeText === '') return 'the code is empty';
  return PRINTABLE.test(codeText) ? undefined : 'the code holds characters other than printable ASCII';
}
