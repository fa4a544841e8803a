import { writeFile } from 'node:fs/promises';
import { errorText } from '../base/log.js';
import type { BridgeConfig, LaneConfig } from '../config/bridge-config.js';
import { EXIT_FAILED, EXIT_FINE, EXIT_WRONG } from './cli-parts.js';
import { type CommandFrame, jsonText, type SharedOptions } from './command-frame.js';
import { previewCode } from './display-preview.js';
import { languageLines, symbolLines } from './symbol-text.js';

/** Options of `display preview`. */
export interface PreviewOptions extends SharedOptions {
  readonly lane: string;
  readonly code: string;
  readonly out: string;
  /** Which of the lane's displays, from 1; left out: the first that shows codes. */
  readonly display?: number;
  /** Smallest units of the merchant's currency. */
  readonly amount: number;
}

/** Text displays come last: a picture of a code is asked for. */
function displayOf(lane: LaneConfig, wanted: number | undefined): number {
  if (wanted !== undefined) return wanted - 1;
  return Math.max(
    0,
    lane.displays.findIndex(({ driver }) => driver !== 'line2x20'),
  );
}

/** Writes the picture of a code on one of the lane's displays. */
export async function previewDisplay(
  frame: CommandFrame,
  options: PreviewOptions,
  config: BridgeConfig,
  lane: LaneConfig,
): Promise<number> {
  const { output, clock } = frame.parts;
  const tell = (code: string, message: string, exit: number) => {
    if (options.json === true) output.out(jsonText({ ok: false, code, message }));
    else output.err(`${message}\n`);
    return exit;
  };
  const index = displayOf(lane, options.display);
  const settings = lane.displays[index];
  if (settings === undefined) {
    const count = lane.displays.length;
    return tell(
      'not_found',
      `${lane.id} has ${count === 0 ? 'no display' : `displays 1 to ${count} only`}. Repair: name another with --display.`,
      EXIT_WRONG,
    );
  }
  const currency = config.merchants.find(({ id }) => id === lane.merchant)?.currencies[0] ?? 'USD';
  const preview = await previewCode(settings, options.code, { currency, value: String(options.amount) }, clock);
  const name = `${lane.id}, display ${index + 1} (${settings.driver})`;
  if (preview.kind === 'refused') return tell('display.refused', `${name} would not show this code: ${preview.why}`, EXIT_FAILED);
  try {
    await writeFile(options.out, preview.png);
  } catch (error) {
    return tell(
      'out.unwritable',
      `${options.out} cannot be written: ${errorText(error)}. Repair: name another file with --out.`,
      EXIT_FAILED,
    );
  }
  const { symbol, reads, texts, language } = preview;
  const isReadable = symbol === null || reads === options.code;
  if (options.json === true) {
    const about = { file: options.out, laneId: lane.id, display: index + 1, driver: settings.driver };
    output.out(jsonText({ ok: isReadable, ...about, reads, symbol, language, texts }));
  } else {
    const lines = [
      `${options.out}: ${name}; ${readingText(symbol !== null, isReadable)}`,
      ...(symbol === null ? [] : symbolLines(symbol)),
      ...languageLines(language, settings.options.language),
      ...Object.keys(texts)
        .toSorted()
        .map((place) => `  ${place}: ${texts[place]}`),
    ];
    output.out(lines.map((line) => `${line}\n`).join(''));
  }
  return isReadable ? EXIT_FINE : EXIT_FAILED;
}

function readingText(showsCodes: boolean, isReadable: boolean): string {
  if (!showsCodes) return 'this display shows words only';
  return isReadable ? 'read back from the picture: the same code' : 'the code can NOT be read back from the picture';
}
