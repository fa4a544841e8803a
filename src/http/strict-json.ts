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
  let at = 0;

  function where(position: number): string {
    const before = text.slice(0, position);
    const line = before.split('\n').length;
    return `line ${line}, column ${position - before.lastIndexOf('\n')}`;
  }

  function malformed(path: string): Wrong {
    const what = at >= text.length ? 'the text ends too early' : 'this is not JSON';
    return new Wrong(path === '' ? 'body' : path, `${what} (${where(at)})`);
  }

  function take(pattern: RegExp): string | undefined {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found !== undefined) at += found.length;
    return found;
  }

  /** The raw text of a string, quotes included; control characters may stand in it only as escapes. */
  function takeString(path: string): string | undefined {
    const began = at;
    const token = take(STRING);
    for (let i = 0; token !== undefined && i < token.length; i += 1) {
      if (token.charCodeAt(i) >= 0x20) continue;
      throw new Wrong(path === '' ? 'body' : path, `a control character must be written as an escape (${where(began + i)})`);
    }
    return token;
  }

  function takeMark(mark: string, path: string): void {
    if (text[at] !== mark) throw malformed(path);
    at += 1;
  }

  function items(close: string, path: string, item: () => void): void {
    at += 1;
    take(SPACE);
    if (text[at] === close) {
      at += 1;
      return;
    }
    for (;;) {
      item();
      take(SPACE);
      if (text[at] === close) break;
      takeMark(',', path);
      take(SPACE);
    }
    at += 1;
  }

  function object(path: string, depth: number): void {
    const names = new Set<string>();
    items('}', path, () => {
      const began = at;
      const token = takeString(path);
      if (token === undefined) throw malformed(path);
      const name = JSON.parse(token) as string;
      const here = memberPath(path, name);
      if (name === '__proto__') throw new Wrong(here, `this name is not allowed (${where(began)})`);
      if (names.has(name)) throw new Wrong(here, `this name stands twice in the same object (${where(began)})`);
      names.add(name);
      take(SPACE);
      takeMark(':', here);
      value(here, depth + 1);
    });
  }

  function array(path: string, depth: number): void {
    let index = 0;
    items(']', path, () => {
      value(`${path}[${index}]`, depth + 1);
      index += 1;
    });
  }

  function value(path: string, depth: number): void {
    take(SPACE);
    const first = text[at];
    if (first === '{' || first === '[') {
      if (depth > deepest) throw new Wrong(path === '' ? 'body' : path, `nested deeper than ${deepest} (${where(at)})`);
      if (first === '{') object(path, depth);
      else array(path, depth);
    } else if (takeString(path) === undefined && take(NUMBER) === undefined && take(WORD) === undefined) {
      throw malformed(path);
    }
  }

  try {
    value('', 1);
    take(SPACE);
    if (at < text.length) throw malformed('');
    return { ok: true, value: JSON.parse(text) };
  } catch (error) {
    if (error instanceof Wrong) return { ok: false, path: error.path, message: error.message };
    return { ok: false, path: 'body', message: 'this is not JSON' };
  }
}
