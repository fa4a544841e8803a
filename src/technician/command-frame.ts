import { type Command, InvalidArgumentError } from 'commander';
import { BridgeError } from '../base/bridge-error.js';
import type { BridgeConfig } from '../config/bridge-config.js';
import { loadConfig } from '../config/load-config.js';
import { type Problem, problemLine } from '../config/problem.js';
import type { AdminAnswer } from './admin-messages.js';
import { type CliParts, EXIT_FAILED, EXIT_WRONG } from './cli-parts.js';
import { visibleLines } from './visible-text.js';

/** What every command file is given: the parts, and where to put its exit code. */
export interface CommandFrame {
  readonly parts: CliParts;
  finish(code: number): void;
}

/** Options that several commands share. */
export interface SharedOptions {
  readonly config?: string;
  readonly json?: boolean;
}

/** Adds `--config FILE` with its default in words. */
export function takesConfig(command: Command): Command {
  return command.option('--config <file>', 'configuration file (default: $OCBRIDGE_CONFIG, then ./config/bridge.yaml)');
}

/** Adds `--json`: then stdout carries nothing but one JSON value. */
export function givesJson(command: Command): Command {
  return command.option('--json', 'print one JSON value instead of text');
}

/** The configuration file of a command. */
export function configFileOf(options: SharedOptions, parts: CliParts): string {
  const fromEnvironment = parts.env['OCBRIDGE_CONFIG'];
  return options.config ?? (fromEnvironment === undefined || fromEnvironment === '' ? './config/bridge.yaml' : fromEnvironment);
}

/** Loads the configuration and goes on with it; a wrong one is told problem by problem, and its exit code is 1. */
export async function withConfig(
  frame: CommandFrame,
  options: SharedOptions,
  work: (config: BridgeConfig, warnings: readonly Problem[]) => Promise<number>,
): Promise<void> {
  const load = await loadConfig(configFileOf(options, frame.parts), frame.parts.env);
  if (load.kind === 'ok') {
    frame.finish(await work(load.config, load.warnings));
    return;
  }
  const { output } = frame.parts;
  if (options.json === true) output.out(jsonText({ ok: false, problems: load.problems, warnings: [] }));
  else for (const problem of load.problems) output.err(`${visibleLines(problemLine(problem))}\n`);
  frame.finish(EXIT_WRONG);
}

/** Indented JSON with a line feed at the end. */
export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** Tells a refusal of the running bridge; 1 when what was asked is at fault, 2 when the bridge is. */
export function tellRefusal(
  frame: CommandFrame,
  options: SharedOptions,
  refusal: Extract<AdminAnswer, { kind: 'refused' }>,
): number {
  const { output } = frame.parts;
  if (options.json === true) output.out(jsonText({ ok: false, code: refusal.code, message: refusal.message }));
  else output.err(`${visibleLines(refusal.message)}\n`);
  return exitCodeOf(refusal.code);
}

/** The exit code for a cause that has a code word (`BridgeError` or a refusal). */
function exitCodeOf(code: string): number {
  const atFault = code.startsWith('config.') || code === 'books.openToOthers' || code === 'not_found';
  return atFault ? EXIT_WRONG : EXIT_FAILED;
}

/** The exit code for anything a command threw. */
export function exitCodeOfError(error: unknown): number {
  return error instanceof BridgeError ? exitCodeOf(error.code) : EXIT_FAILED;
}

/** Reads a whole number between two limits; commander turns the throw into wrong usage. */
export function wholeNumber(lowest: number, highest: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d{1,9}$/.test(text) || value < lowest || value > highest) {
      throw new InvalidArgumentError(`It must be a whole number from ${lowest} to ${highest}.`);
    }
    return value;
  };
}
