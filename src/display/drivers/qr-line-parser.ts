import type { DeviceEvent, DeviceParser } from '../display-driver.js';

const LONGEST_LINE = 1024;
const LF = 0x0a;

/** Cuts what a display sends into events of kind `line`, each with its line feed; a line without end is dropped at 1024 bytes. */
export function createLineParser(): DeviceParser {
  let buffer = Buffer.alloc(0);
  return {
    push(bytes) {
      buffer = Buffer.concat([buffer, bytes]);
      const events: DeviceEvent[] = [];
      for (let end = buffer.indexOf(LF); end >= 0; end = buffer.indexOf(LF)) {
        events.push({ kind: 'line', bytes: Uint8Array.from(buffer.subarray(0, end + 1)) });
        buffer = buffer.subarray(end + 1);
      }
      if (buffer.length > LONGEST_LINE) buffer = Buffer.alloc(0);
      return events;
    },
  };
}

/** The text of a line without its ending. */
export function lineText(event: DeviceEvent): string {
  return Buffer.from(event.bytes)
    .toString('utf8')
    .replace(/\r?\n$/, '');
}
