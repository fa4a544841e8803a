import { instant } from '../base/clock.js';
import type { ClearingFileName } from '../reconciliation/clearing-name.js';
import { parseClearingName } from '../reconciliation/clearing-name.js';
import type { FileFigures, FileState, StoredFile } from '../reconciliation/recon-ports.js';

/** A row of `clearing_files`. */
export interface FileRow {
  readonly id: number;
  readonly name: string;
  readonly sha256: string;
  readonly size: number;
  readonly day: string;
  readonly kind: string;
  readonly batch_id: string;
  readonly state: 'staged' | FileState;
  readonly imported_at: number;
  readonly lines: number;
  readonly figures: string;
}

/** Figures as JSON: sums are text there. */
export function figuresText(figures: FileFigures): string {
  return JSON.stringify(figures, (_name, value: unknown) => (typeof value === 'bigint' ? value.toString() : value));
}

interface TotalText {
  readonly count: number | null;
  readonly value: string;
}

function readFigures(text: string): FileFigures {
  const { stated, counted, ...rest } = JSON.parse(text) as Omit<FileFigures, 'stated' | 'counted'> & {
    readonly stated: TotalText | null;
    readonly counted: TotalText;
  };
  const total = ({ count, value }: TotalText) => ({ count, value: BigInt(value) });
  return { ...rest, stated: stated && total(stated), counted: total(counted) };
}

/** The file of a row that is not staged; its name was checked when it came. */
export function fileFromRow(row: FileRow): StoredFile {
  const name = parseClearingName(row.name) as ClearingFileName;
  return {
    ...name,
    id: row.id,
    sha256: row.sha256,
    size: row.size,
    state: row.state as FileState,
    importedAt: instant(row.imported_at),
    figures: readFigures(row.figures),
  };
}
