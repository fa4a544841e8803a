/** What keeps a printer from printing. */
export interface Trouble {
  readonly noPaper: boolean;
  readonly coverOpen: boolean;
  readonly error: boolean;
}

/** It prints nothing. */
export function isOffline({ noPaper, coverOpen, error }: Trouble): boolean {
  return noPaper || coverOpen || error;
}

/** Answers to `DLE EOT n` (display reference 6.3): bits 1 and 4 are always set, bits 0 and 7 never. */
export function realTimeStatus(n: number, trouble: Trouble): number | undefined {
  const bit = (on: boolean, mask: number) => (on ? mask : 0);
  switch (n) {
    case 1:
      return 0x12 | bit(isOffline(trouble), 0x08);
    case 2:
      return 0x12 | bit(trouble.coverOpen, 0x04) | bit(trouble.noPaper, 0x20) | bit(trouble.error, 0x40);
    case 3:
      return 0x12 | bit(trouble.error, 0x20);
    case 4:
      return 0x12 | bit(trouble.noPaper, 0x60);
    default:
      return undefined;
  }
}

/** What `GS a` makes it say by itself: four bytes. */
export function automaticStatus(trouble: Trouble): Buffer {
  const first = 0x10 | (isOffline(trouble) ? 0x08 : 0) | (trouble.coverOpen ? 0x20 : 0);
  return Buffer.from([first, 0, trouble.noPaper ? 0x0c : 0, 0]);
}
