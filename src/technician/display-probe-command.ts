import { stringify } from 'yaml';
import type { LaneConfig } from '../config/bridge-config.js';
import type { ProbedDisplay } from '../display/display-bench.js';
import { MUTE_DRIVERS } from '../display/probe-candidates.js';
import type { AskDisplays } from './ask-displays.js';
import { EXIT_FAILED, EXIT_FINE } from './cli-parts.js';
import { type CommandFrame, jsonText, type SharedOptions, tellRefusal } from './command-frame.js';
import { visibleLines } from './visible-text.js';

/** What `display probe` prints of one display with `--json`. */
interface ProbeReport extends ProbedDisplay {
  readonly asConfigured: boolean;
  /** The entry to put under `displays:`; null when nothing new answered. */
  readonly configure: string | null;
  /** For people: what was found, or what its absence means. */
  readonly text: string;
}

const PROBED_WITHIN_MS = 150_000;

/** Asks which display answers on the ports of a lane. */
export async function probeDisplays(
  frame: CommandFrame,
  options: SharedOptions,
  lane: LaneConfig,
  ask: AskDisplays,
): Promise<number> {
  const { output } = frame.parts;
  if (options.json !== true) output.err('Asking; this takes up to half a minute for each display.\n');
  const answer = await ask('display.probe', { laneId: lane.id }, PROBED_WITHIN_MS);
  if (answer.kind === 'refused') return tellRefusal(frame, options, answer);
  const { displays } = answer.result as { readonly displays: readonly ProbedDisplay[] };
  const reports = displays.map((found) => reportOf(found, lane));
  const ok = reports.every(({ answer: found, stopped, isMute }) => stopped === null && (found !== null || isMute));
  if (options.json === true) output.out(jsonText({ ok, laneId: lane.id, displays: reports }));
  else output.out(visibleLines(reports.map((report) => reportText(lane.id, report)).join('')));
  return ok ? EXIT_FINE : EXIT_FAILED;
}

function reportOf(found: ProbedDisplay, lane: LaneConfig): ProbeReport {
  const { answer, driver, baudRate } = found;
  const own = lane.displays[found.display - 1];
  const wanted = JSON.stringify(answer?.options ?? {});
  const has = JSON.stringify(
    Object.fromEntries(Object.keys(answer?.options ?? {}).map((key) => [key, own?.options?.[key as keyof typeof own.options]])),
  );
  const asConfigured = answer !== null && answer.driver === driver && answer.baudRate === baudRate && wanted === has;
  return { ...found, asConfigured, configure: asConfigured ? null : entryFor(found, own), text: foundText(found, asConfigured) };
}

/** The entry in one line; what a person has written beside it stays. */
function entryFor({ answer, driver: configured }: ProbedDisplay, own: LaneConfig['displays'][number] | undefined): string | null {
  if (answer === null || own === undefined || own.driver === 'virtual') return null;
  const { driver, baudRate, options } = answer;
  const kind = driver === configured && own.model !== undefined ? { model: own.model } : { driver };
  const entry = { ...kind, port: own.port, baudRate, ...(options === null ? {} : { options }) };
  return `- ${stringify(entry, { collectionStyle: 'flow', lineWidth: 0 }).trim()}`;
}

function foundText({ answer, stopped, isMute, noiseAt, driver }: ProbedDisplay, asConfigured: boolean): string {
  if (answer !== null) {
    return `${answer.device} answers at ${answer.baudRate} baud${asConfigured ? ', as configured' : ''}`;
  }
  if (stopped !== null) return stopped;
  const noise =
    noiseAt.length === 0
      ? ''
      : ` Something unreadable came back at ${noiseAt.join(', ')} baud: a device is there, of another kind or speed.`;
  if (isMute) {
    return `nothing answers, as is to be expected: displays of the driver ${driver} are mute. "ocbridge display test" shows whether it works.${noise}`;
  }
  const mute = MUTE_DRIVERS.join(', ');
  return `nothing answers at any speed: is it on, are its data lines crossed? Mute displays (${mute}) never answer: go by the label.${noise}`;
}

function reportText(lane: string, { display, driver, port, baudRate, text, configure, answer }: ProbeReport): string {
  const rest = answer?.driver === driver ? ' (its other options stay)' : '';
  const lines = [text, ...(configure === null ? [] : [`in the configuration: ${configure}${rest}`])];
  return `${lane}, display ${display}: ${driver} on ${port}, ${baudRate} baud\n${lines.map((line) => `    ${line}\n`).join('')}`;
}
