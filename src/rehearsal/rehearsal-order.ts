/** Where an emulated display is to be plugged in. */
export type ListenPlace =
  | { readonly kind: 'tcp'; readonly port: number }
  | { readonly kind: 'pty'; readonly link: string | undefined }
  /** A serial port of this machine, whose other end is a cable or a virtual port pair. */
  | { readonly kind: 'terminal'; readonly path: string };

/** Which emulated display to run, where, and for whom; files are not yet opened. */
export interface RehearsalOrder {
  readonly driver: string;
  /** The display's own speed; undefined: the usual one of its kind. */
  readonly baudRate: number | undefined;
  /** As `options` of the configuration, and what only the device knows of itself. */
  readonly options: Readonly<Record<string, unknown>>;
  /** What the configuration has to say of it, the port left out. */
  readonly entry: Readonly<Record<string, unknown>>;
  readonly listen: ListenPlace;
  /** Port of the page on 127.0.0.1, 0 for any; undefined: no page. */
  readonly pagePort: number | undefined;
  /** What chance is drawn from. */
  readonly seed: string;
  /** Troubles that come by themselves. */
  readonly faultsFile: string | undefined;
  /** One JSON line a change instead of a picture. */
  readonly json: boolean;
  /** Bytes of the line too, where lines are printed. */
  readonly trace: boolean;
}
