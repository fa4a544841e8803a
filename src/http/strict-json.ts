/** What `readStrictJson` found: the value, or the first thing that is wrong and where. */
export type StrictJson =
  | { readonly ok: true; readonly value: unknown }
  /** `path` as in `goods[2].goodsName`, `body` for the whole text. */
  | { readonly ok: false; readonly path: string; readonly message: string };

const STRING = /"[^"\\]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\]*)*"/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const WORD = /true|false|null/y;
const SPACE = /[ \t\n\r]*/y;
const LONGEST_NAME_SHOWN = 60;

/** Internal signal of the walk below. */
class Wrong extends Error {
  readonly path: string;
  constructor(path: string, message: string) {
    super(message);
    this.path = path;
  }
}

/** Joins a path and a member name: `amount` + `value` = `amount.value`. */
export function memberPath(parent: string, name: string): string {
  const shown = name.length > LONGEST_NAME_SHOWN ? `${name.slice(0, LONGEST_NAME_SHOWN)}…` : name;
  return parent === '' ? shown : `${parent}.${shown}`;
}

/**
 * Reads JSON (RFC 8259) and refuses what two readers could understand differently: a name that stands twice in one object,
 * `__proto__`, and nesting deeper than `deepest`. The walk only judges; the value comes from `JSON.parse`.
 */
export function readStrictJson(text: string, deepest = 32): StrictJson {
  const walk: Walk = { text, deepest, at: 0 };
  try {
    judgeValue(walk, '', 1);
    take(walk, SPACE);
    if (walk.at < text.length) throw malformed(walk, '');
    return { ok: true, value: JSON.parse(text) };
  } catch (error) {
    if (error instanceof Wrong) return { ok: false, path: error.path, message: error.message };
    return { ok: false, path: 'body', message: 'this is not JSON' };
  }
}

/** How far the walk over a text has come. */
interface Walk {
  readonly text: string;
  readonly deepest: number;
  at: number;
}

function judgeValue(walk: Walk, path: string, depth: number): void {
  take(walk, SPACE);
  const first = walk.text[walk.at];
  if (first === '{' || first === '[') {
    if (depth > walk.deepest) throw wrongAt(walk, path, `nested deeper than ${walk.deepest}`, walk.at);
    if (first === '{') judgeObject(walk, path, depth);
    else judgeArray(walk, path, depth);
  } else if (takeString(walk, path) === undefined && take(walk, NUMBER) === undefined && take(walk, WORD) === undefined) {
    throw malformed(walk, path);
  }
}

function judgeObject(walk: Walk, path: string, depth: number): void {
  const names = new Set<string>();
  judgeItems(walk, '}', path, () => {
    const began = walk.at;
    const token = takeString(walk, path);
    if (token === undefined) throw malformed(walk, path);
    const name = JSON.parse(token) as string;
    const here = memberPath(path, name);
    if (name === '__proto__') throw wrongAt(walk, here, 'this name is not allowed', began);
    if (names.has(name)) throw wrongAt(walk, here, 'this name stands twice in the same object', began);
    names.add(name);
    take(walk, SPACE);
    takeMark(walk, ':', here);
    judgeValue(walk, here, depth + 1);
  });
}

function judgeArray(walk: Walk, path: string, depth: number): void {
  let index = 0;
  judgeItems(walk, ']', path, () => {
    judgeValue(walk, `${path}[${index}]`, depth + 1);
    index += 1;
  });
}

function judgeItems(walk: Walk, close: string, path: string, item: () => void): void {
  walk.at += 1;
  take(walk, SPACE);
  if (walk.text[walk.at] === close) {
    walk.at += 1;
    return;
  }
  for (;;) {
    item();
    take(walk, SPACE);
    if (walk.text[walk.at] === close) break;
    takeMark(walk, ',', path);
    take(walk, SPACE);
  }
  walk.at += 1;
}

function take(walk: Walk, pattern: RegExp): string | undefined {
  pattern.lastIndex = walk.at;
  const found = pattern.exec(walk.text)?.[0];
  if (found !== undefined) walk.at += found.length;
  return found;
}

/** The raw text of a string, quotes included; control characters may stand in it only as escapes. */
function takeString(walk: Walk, path: string): string | undefined {
  const began = walk.at;
  const token = take(walk, STRING);
  for (let i = 0; token !== undefined && i < token.length; i += 1) {
    if (token.charCodeAt(i) >= 0x20) continue;
    throw wrongAt(walk, path, 'a control character must be written as an escape', began + i);
  }
  return token;
}

function takeMark(walk: Walk, mark: string, path: string): void {
  if (walk.text[walk.at] !== mark) throw malformed(walk, path);
  walk.at += 1;
}

function malformed(walk: Walk, path: string): Wrong {
  return wrongAt(walk, path, walk.at >= walk.text.length ? 'the text ends too early' : 'this is not JSON', walk.at);
}

function wrongAt({ text }: Walk, path: string, what: string, position: number): Wrong {
  const before = text.slice(0, position);
  const place = `line ${before.split('\n').length}, column ${position - before.lastIndexOf('\n')}`;
  return new Wrong(path === '' ? 'body' : path, `${what} (${place})`);
}
