import type { FoundException, KeptLine, StoredFile } from './recon-ports.js';

/** The first kept line of some files that is looked for; without it the first of the files. */
export function placeOf(files: readonly StoredFile[], isIt: (line: KeptLine) => boolean): Pick<FoundException, 'file' | 'line'> {
  for (const { name, figures } of files) {
    const found = figures.kept.find(isIt);
    if (found !== undefined) return { file: name, line: found.line };
  }
  return { file: files[0]?.name ?? null, line: null };
}

/** The line of a summary that says what is left of transactions and fees. */
export const isNet = ({ fields }: KeptLine) => fields['summaryType'] === 'NET';
/** The line of totals above the details. */
export const isStated = ({ section }: KeptLine) => section === 'summary';
