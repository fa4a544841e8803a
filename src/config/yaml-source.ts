import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { literalSecret, PRIVATE_KEY_BLOCK } from './literal-secrets.js';
import { placeholder } from './placeholders.js';
import type { ConfigPath, Finding, Problem } from './problem.js';
import { keyText } from './problem.js';

/** A configuration file after reading: plain values with the environment filled in, and where each one stands. */
export interface YamlSource {
  readonly value: unknown;
  /** Line of the key or list entry at `path`, else of its nearest ancestor that is there. */
  lineOf(path: ConfigPath): number;
  /** Whether the text at `path` came, wholly or partly, out of the environment. */
  isFromEnvironment(path: ConfigPath): boolean;
  /** A finding with its file and line. */
  locate(finding: Finding): Problem;
}

export type YamlReading =
  | { readonly kind: 'ok'; readonly source: YamlSource; readonly problems: readonly Problem[] }
  | { readonly kind: 'wrong'; readonly problems: readonly Problem[] };

const ENV_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const ENV_REFERENCE = /\$\{([^}]*)\}/g;

/**
 * Reads YAML text. Syntax errors make it `wrong`; unset `${NAME}`s and secrets that stand in the file itself are reported as
 * `problems` beside the value, so that one run names them together with everything else.
 */
export function readYaml(file: string, text: string, env: Readonly<Record<string, string | undefined>>): YamlReading {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, strict: true, uniqueKeys: true });
  const at = (offset: number) => Math.max(1, lines.linePos(offset).line);
  const faults = [...document.errors, ...document.warnings];
  if (faults.length > 0) {
    // One slip makes the parser stumble several times; the first stumble on a line says it best.
    const firsts = new Map(faults.toReversed().map((fault) => [at(fault.pos[0]), fault]));
    const problems = [...firsts]
      .sort(([one], [other]) => one - other)
      .map(([line, fault]) => ({
        file,
        line,
        key: '',
        message: `not valid YAML: ${fault.message.replace(/[.\s]+$/, '')}`,
        repair: repairOfLine(text.split('\n')[line - 1] ?? ''),
      }));
    return { kind: 'wrong', problems };
  }
  if (document.contents === null) {
    return {
      kind: 'wrong',
      problems: [{ file, line: 1, key: '', message: 'the file is empty', repair: 'Start from config/bridge.example.yaml.' }],
    };
  }

  const walk = walkScalars(document, env);
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 100 });
  } catch {
    const message = 'the aliases (*name) repeat too much';
    return { kind: 'wrong', problems: [{ file, line: 1, key: '', message, repair: 'Write the values out.' }] };
  }
  const lineOf = (path: ConfigPath) => at(offsetOf(document, path));
  const locate = (finding: Finding): Problem => ({
    file,
    line: lineOf(finding.path),
    key: keyText(finding.path),
    message: finding.message,
    repair: finding.repair,
  });
  const problems = walk.findings.map(locate);
  const block = text.match(PRIVATE_KEY_BLOCK);
  if (block?.index !== undefined && !walk.findings.some((finding) => lineOf(finding.path) === at(block.index ?? 0))) {
    problems.push({
      file,
      line: at(block.index),
      key: '',
      message: 'a private key stands in the file itself',
      repair:
        'Move it into a file of its own, remove it here, also from comments, and make a new pair if others could read this file.',
    });
  }
  return {
    kind: 'ok',
    problems,
    source: { value, lineOf, locate, isFromEnvironment: (path) => walk.fromEnvironment.has(nodeAt(document, path).node) },
  };
}

/** A brace is punctuation of YAML inside braces and brackets, so a reference to the environment needs quotes there. */
function repairOfLine(line: string): string {
  return /\$\{/.test(line)
    ? `Put the text with \${NAME} in quotes.`
    : 'Correct the line; indent with blanks, never with tabs, and put text with : or # in quotes.';
}

interface Walk {
  readonly findings: Finding[];
  readonly fromEnvironment: Set<unknown>;
}

/** Visits every scalar once, in its own place; an alias shows the same node again and needs no second visit. */
function walkScalars(document: Document, env: Readonly<Record<string, string | undefined>>): Walk {
  const walk: Walk = { findings: [], fromEnvironment: new Set() };
  const visit = (node: unknown, path: ConfigPath): void => {
    if (isMap(node)) {
      for (const pair of node.items) {
        const key = isScalar(pair.key) ? String(pair.key.value) : String(pair.key);
        if (key.includes('${')) {
          walk.findings.push({
            path: [...path, key],
            message: 'the environment fills in values, not keys',
            repair: 'Write the key itself.',
          });
        }
        visit(pair.value, [...path, key]);
      }
    } else if (isSeq(node)) {
      node.items.forEach((item, index) => {
        visit(item, [...path, index]);
      });
    } else if (isScalar(node) && typeof node.value === 'string') {
      const secret = literalSecret(path, node.value);
      const wrong = secret ?? placeholder(path, node.value);
      if (wrong !== undefined) walk.findings.push({ path, ...wrong });
      if (node.value.includes('${')) {
        walk.fromEnvironment.add(node);
        node.value = fillIn(node.value, path, env, walk.findings);
      }
    } else if (isScalar(node) && typeof node.value === 'number') {
      const secret = literalSecret(path, String(node.value));
      if (secret !== undefined) walk.findings.push({ path, ...secret });
    }
  };
  visit(document.contents, []);
  return walk;
}

function fillIn(text: string, path: ConfigPath, env: Readonly<Record<string, string | undefined>>, findings: Finding[]): string {
  return text.replace(ENV_REFERENCE, (whole, name: string) => {
    if (!ENV_NAME.test(name)) {
      findings.push({
        path,
        message: `${whole} names no environment variable`,
        repair: `Write \${NAME} with letters, digits and _.`,
      });
      return whole;
    }
    const value = Object.hasOwn(env, name) ? env[name] : undefined;
    if (value === undefined || value === '') {
      findings.push({
        path,
        message: `the environment variable ${name} is not set`,
        repair: `Set ${name} for the account and the service that run the bridge.`,
      });
      return whole;
    }
    return value;
  });
}

interface Place {
  readonly node: Node | null;
  /** Start of the key (or list entry) that leads to the node. */
  readonly offset: number;
}

function nodeAt(document: Document, path: ConfigPath): Place & { readonly complete: boolean } {
  let node = document.contents as Node | null;
  let offset = node?.range?.[0] ?? 0;
  for (const part of path) {
    const holder: unknown = isAlias(node) ? node.resolve(document) : node;
    if (isMap(holder)) {
      const pair = holder.items.find((item) => isScalar(item.key) && String(item.key.value) === String(part));
      if (pair === undefined) return { node: null, offset, complete: false };
      offset = (pair.key as Node).range?.[0] ?? offset;
      node = pair.value as Node | null;
    } else if (isSeq(holder)) {
      const item = holder.items[Number(part)] as Node | undefined;
      if (item === undefined) return { node: null, offset, complete: false };
      offset = item.range?.[0] ?? offset;
      node = item;
    } else {
      return { node: null, offset, complete: false };
    }
  }
  return { node: isAlias(node) ? (node.resolve(document) ?? null) : node, offset, complete: true };
}

function offsetOf(document: Document, path: ConfigPath): number {
  return nodeAt(document, path).offset;
}
