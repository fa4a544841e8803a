import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { BridgeConfig } from './bridge-config.js';
import { completeConfig, resolvePaths } from './complete-config.js';
import { configJsonSchema, configSchema, type RawConfig } from './config-schema.js';
import { dialectValueFindings } from './dialect-checks.js';
import { displayOptionFindings } from './display-option-checks.js';
import { displayPortFindings } from './display-port-checks.js';
import { displayWordFindings, withWordsAndTimes } from './display-words.js';
import { type Issue, issueFindings, valueAt } from './explain-issue.js';
import { fillInModels } from './fill-in-models.js';
import { listenFindings } from './listen-checks.js';
import { nameFindings, referenceFindings } from './name-checks.js';
import { notBuiltFindings } from './not-built-yet.js';
import type { ConfigPath, Finding, Problem } from './problem.js';
import { timingFindings } from './timing-checks.js';
import { urlFindings } from './url-checks.js';
import { readYaml, type YamlSource } from './yaml-source.js';

/** A configuration to start with, or everything that is wrong with the file, by line. */
export type ConfigLoad =
  | { readonly kind: 'ok'; readonly config: BridgeConfig; readonly warnings: readonly Problem[] }
  | { readonly kind: 'wrong'; readonly problems: readonly Problem[] };

/** The variables that `${NAME}` may read, normally `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads and checks a configuration file as a whole: the entry of this folder. Never throws for anything that is wrong with the
 * file or the files it names; `file` in the problems is spelled as given, paths in the configuration are absolute.
 */
export async function loadConfig(file: string, env: Environment): Promise<ConfigLoad> {
  const text = await readText(file);
  if (typeof text !== 'string') return { kind: 'wrong', problems: [text] };
  const reading = readYaml(file, text, env);
  if (reading.kind === 'wrong') return reading;
  const models = await fillInModels(reading.source.value, file);
  const source = { ...reading.source, value: models.value };
  const already = [...reading.problems, ...models.problems];
  // What stands beside one of these is not looked at: it would only be a consequence.
  const refused = [...notBuiltFindings(source.value), ...models.findings];
  const parsed = parse(source);
  if (parsed.kind === 'wrong') {
    const found = [...parsed.findings, ...referenceFindings(source.value)];
    const findings = found.filter((finding) => !refused.some(({ path }) => isInside(finding.path, path.slice(0, -1))));
    return wrong(source, [...refused, ...findings], already);
  }
  const folder = dirname(resolve(file));
  const resolved = withWordsAndTimes(resolvePaths(parsed.config, folder));
  const { config, findings: onDisk } = await completeConfig(resolved, resolve(file));
  const ofParts = [
    ...refused,
    ...nameFindings(resolved),
    ...listenFindings(resolved),
    ...urlFindings(resolved),
    ...timingFindings(resolved),
    ...dialectValueFindings(resolved),
    ...(await displayPortFindings(resolved, folder)),
    ...displayWordFindings(resolved),
    ...onDisk,
  ];
  const findings = [...ofParts, ...displayOptionFindings(resolved, ofParts)];
  const errors = findings.filter((finding) => finding.onlyWarning !== true);
  if (errors.length > 0 || already.length > 0 || config === undefined) return wrong(source, errors, already);
  return { kind: 'ok', config, warnings: byLine(findings.map(source.locate)) };
}

async function readText(file: string): Promise<string | Problem> {
  const problem = (message: string, repair: string): Problem => ({ file, line: 1, key: '', message, repair });
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    if (code === 'ENOENT') {
      return problem(
        'the file does not exist',
        'Name it with --config or OCBRIDGE_CONFIG; config/bridge.example.yaml is a start.',
      );
    }
    return problem(`the file cannot be read (${code})`, 'Name a file that this account may read.');
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return problem('the file is not UTF-8 text', 'Save it again as UTF-8.');
  }
}

type Parsed =
  | { readonly kind: 'ok'; readonly config: RawConfig }
  | { readonly kind: 'wrong'; readonly findings: readonly Finding[] };

/** A number or yes/no that came out of the environment arrives as text; where one is wanted it is read as such and parsed again. */
function parse(source: YamlSource): Parsed {
  const first = configSchema.safeParse(source.value);
  if (first.success) return { kind: 'ok', config: first.data };
  const value = structuredClone(source.value);
  for (const issue of first.error.issues) {
    const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
    const text = valueAt(value, path);
    if (typeof text !== 'string' || !source.isFromEnvironment(path)) continue;
    if (wantsNumber(issue) && /^-?\d{1,15}(\.\d{1,9})?$/.test(text)) put(value, path, Number(text));
    const wantsFlag = issue.code === 'invalid_type' && issue.expected === 'boolean';
    if (wantsFlag && (text === 'true' || text === 'false')) put(value, path, text === 'true');
  }
  const second = configSchema.safeParse(value);
  if (second.success) return { kind: 'ok', config: second.data };
  return { kind: 'wrong', findings: issueFindings(second.error.issues, value, configJsonSchema()) };
}

/** Also one of a few numbers, as the speeds of a panel are. */
function wantsNumber(issue: Issue): boolean {
  if (issue.code === 'invalid_value') return issue.values.every((one) => typeof one === 'number');
  return issue.code === 'invalid_type' && (issue.expected === 'number' || issue.expected === 'int');
}

function put(value: unknown, path: ConfigPath, replacement: number | boolean): void {
  const holder = valueAt(value, path.slice(0, -1));
  const key = path.at(-1);
  if (typeof holder === 'object' && holder !== null && key !== undefined)
    (holder as Record<string | number, unknown>)[key] = replacement;
}

function isInside(path: ConfigPath, folder: ConfigPath): boolean {
  return folder.every((part, index) => path[index] === part);
}

function wrong(source: YamlSource, findings: readonly Finding[], already: readonly Problem[]): ConfigLoad {
  return { kind: 'wrong', problems: byLine([...already, ...findings.map(source.locate)]) };
}

function byLine(problems: readonly Problem[]): readonly Problem[] {
  return [...problems].sort((a, b) => a.line - b.line);
}
