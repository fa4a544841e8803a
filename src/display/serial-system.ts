import type { LineFlow } from './display-driver.js';

/** A serial port that the system knows of. */
export interface ListedPort {
  /** What a program opens: `/dev/ttyUSB0`, `COM7`. */
  readonly path: string;
  /** What the USB device says about itself, hex in lower case without `0x`; null for a port that is not USB. */
  readonly usb: { readonly vendorId: string; readonly productId: string; readonly serialNumber?: string | undefined } | null;
  /** Maker and product, for people; may be empty. */
  readonly description: string;
  /** Links that name the device (Linux): they follow it to any socket. */
  readonly byId: readonly string[];
  /** Links that name the socket (Linux): they tell devices without a serial number apart. */
  readonly byPath: readonly string[];
}

/** The parts of a serial port of the library that a line uses. */
export interface RawPort {
  readonly isOpen: boolean;
  open(done: (error: Error | null) => void): void;
  close(done: (error: Error | null) => void): void;
  write(bytes: Buffer, done: (error: Error | null | undefined) => void): unknown;
  drain(done: (error: Error | null) => void): void;
  set(levels: { readonly dtr?: boolean; readonly rts?: boolean }, done: (error: Error | null) => void): void;
  on(event: 'error', heard: (error: Error) => void): unknown;
  on(event: 'close', heard: () => void): unknown;
  on(event: 'data', heard: (bytes: Buffer) => void): unknown;
}

/** How a port is opened; 8 data bits, no parity, 1 stop bit. */
export interface RawPortSettings {
  readonly path: string;
  /** Bits per second. */
  readonly baudRate: number;
  /** How the device makes the host wait; absent: not at all. */
  readonly flow?: LineFlow | undefined;
}

/** What the system does for a line. Tests bring a stand-in: a pseudo-terminal has neither a USB identity nor modem lines. */
export interface SerialSystem {
  /** Every port there is now. Rejects where the system cannot say. */
  list(): Promise<readonly ListedPort[]>;
  /** A fresh port, not opened yet. */
  make(settings: RawPortSettings): RawPort;
}
