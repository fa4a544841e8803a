import type { Pick } from './seeded-pick.js';

/** JSON as it will be written: a name may stand twice, a value may be any text. */
export type Written =
  | { readonly kind: 'object'; readonly members: readonly (readonly [name: string, value: Written])[] }
  | { readonly kind: 'array'; readonly items: readonly Written[] }
  | { readonly kind: 'text'; readonly json: string };

/** A plain value as it would be written by anybody. */
export function written(value: unknown): Written {
  if (Array.isArray(value)) return { kind: 'array', items: value.map(written) };
  if (typeof value === 'object' && value !== null)
    return {
      kind: 'object',
      members: Object.entries(value).map(([name, member]) => [JSON.stringify(name), written(member)] as const),
    };
  return { kind: 'text', json: JSON.stringify(value) };
}

/** The text of it. */
export function textOf(value: Written): string {
  if (value.kind === 'text') return value.json;
  if (value.kind === 'array') return `[${value.items.map(textOf).join(',')}]`;
  return `{${value.members.map(([name, member]) => `${name}:${textOf(member)}`).join(',')}}`;
}

const nested = (depth: number, open = '[', close = ']', inner = '0') => open.repeat(depth) + inner + close.repeat(depth);

/** Values that programs trip over, as JSON text; some are no JSON. */
const HOSTILE_VALUES: readonly string[] = [
  ...[
    '0',
    '-0',
    '1',
    '-1',
    '1.0',
    '0.1',
    '1e2',
    '1e999',
    '-1e999',
    '1e-999',
    '9007199254740993',
    '18446744073709551616',
    '01',
    '+1',
    '.5',
    '1.',
  ],
  ...[
    'NaN',
    'Infinity',
    '-Infinity',
    '0x10',
    '1_000',
    'undefined',
    'nul',
    'True',
    'null',
    'true',
    'false',
    '[]',
    '{}',
    '""',
    "''",
  ],
  ...[
    '"0"',
    '"-0"',
    '"01"',
    '" 1"',
    '"1 "',
    '"1\\n"',
    '"1e3"',
    '"1.5"',
    '"+1"',
    '"0x1F"',
    '"١٢٣"',
    '"１９８０"',
    '"99999999999999999"',
  ],
  ...[
    '"\\u0000"',
    '"a\\u0000b"',
    '"\\ud800"',
    '"\\udc00\\ud800"',
    '"\\uFEFF"',
    '"\\u202Eabc"',
    '"\\u2028"',
    '"\\u007f"',
    '"\\u0085"',
  ],
  ...[
    '"__proto__"',
    '"constructor"',
    '"toString"',
    '"../../etc/passwd"',
    '"%00"',
    '"<script>"',
    '"\' or 1=1 --"',
    '"\\\\"',
    '"\\x41"',
    '"\\u12"',
  ],
  ...[
    '{"__proto__":{"polluted":true}}',
    '{"constructor":{"prototype":{"polluted":true}}}',
    '{"toString":1,"valueOf":1}',
    '{"length":4294967296}',
  ],
  ...[
    nested(31),
    nested(33),
    nested(500),
    nested(8_000),
    nested(200, '{"a":', '}'),
    nested(40, '[{"a":', '}]'),
    '['.repeat(20_000),
    '{"a":'.repeat(5_000),
  ],
  ...[
    '9'.repeat(400),
    `"${'9'.repeat(400)}"`,
    `1${'0'.repeat(20_000)}`,
    `0.${'0'.repeat(20_000)}1`,
    `"${'x'.repeat(257)}"`,
    `"${'x'.repeat(20_000)}"`,
  ],
  ...[
    `"${'\\u0041'.repeat(257)}"`,
    `"${'𝒳'.repeat(256)}"`,
    `"${'𝒳'.repeat(257)}"`,
    `"${'é'.repeat(256)}"`,
    `[${'0,'.repeat(20_000)}0]`,
    `{${Array.from({ length: 2_000 }, (_, i) => `"k${i}":0`).join(',')}}`,
  ],
];

const HOSTILE_NAMES = [
  '"__proto__"',
  '"\\u005f_proto__"',
  '"constructor"',
  '"prototype"',
  '"toString"',
  '"hasOwnProperty"',
  '""',
  '"\\u0000"',
  '"\\ud800"',
  '" "',
  `"${'n'.repeat(10_000)}"`,
];

/** Somewhere in the tree something becomes hostile. */
export function mutate(tree: Written, pick: Pick): Written {
  if (tree.kind === 'text' || pick.chance(0.25)) return here(tree, pick);
  if (tree.kind === 'array') {
    if (tree.items.length === 0) return here(tree, pick);
    const at = pick.below(tree.items.length);
    return { ...tree, items: tree.items.map((item, index) => (index === at ? mutate(item, pick) : item)) };
  }
  if (tree.members.length === 0) return here(tree, pick);
  const at = pick.below(tree.members.length);
  return {
    ...tree,
    members: tree.members.map(([name, value], index) => [name, index === at ? mutate(value, pick) : value] as const),
  };
}

function here(tree: Written, pick: Pick): Written {
  if (tree.kind === 'object' && pick.chance(0.7)) return { ...tree, members: mutatedMembers(tree.members, pick) };
  if (tree.kind === 'array' && pick.chance(0.5))
    return { ...tree, items: [...tree.items, ...tree.items, { kind: 'text', json: pick.of(HOSTILE_VALUES) }] };
  if (pick.chance(0.1)) return { kind: 'array', items: [tree] };
  return { kind: 'text', json: pick.of(HOSTILE_VALUES) };
}

type Members = readonly (readonly [string, Written])[];

function mutatedMembers(members: Members, pick: Pick): Members {
  const hostile: Written = { kind: 'text', json: pick.of(HOSTILE_VALUES) };
  const at = pick.below(Math.max(1, members.length));
  const [name, value] = members[at] ?? ['"a"', hostile];
  const rest = members.filter((_, index) => index !== at);
  switch (pick.below(7)) {
    case 0:
      return rest;
    case 1:
      return [...members, [pick.of(HOSTILE_NAMES), hostile]];
    case 2:
      return [...members, [name, pick.chance(0.5) ? value : hostile]];
    case 3:
      return [[name, hostile], ...members];
    // The same name, written otherwise: two readers may take it for two.
    case 4:
      return [...members, [escaped(name), hostile]];
    case 5:
      return [...rest, [name.toUpperCase(), value]];
    default:
      return [...rest, [`"${name.slice(1, -1)} "`, value]];
  }
}

/** A name or text with its first character as an escape. */
function escaped(json: string): string {
  const first = json.charCodeAt(1);
  return Number.isNaN(first) || json.length < 3 ? json : `"\\u${first.toString(16).padStart(4, '0')}${json.slice(2)}`;
}

/** The bytes of a text, hurt where two readers could see different things. */
export function hurtBytes(text: string, pick: Pick): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  const at = pick.below(Math.max(1, bytes.length));
  const spliced = (...middle: readonly Buffer[]) => Buffer.concat([bytes.subarray(0, at), ...middle, bytes.subarray(at)]);
  switch (pick.below(12)) {
    case 0:
      return bytes.subarray(0, at);
    case 1:
      return Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytes]);
    case 2:
      return spliced(Buffer.from([0]));
    case 3:
      return spliced(
        pick.of(
          [[0xc3, 0x28], [0xff], [0x80], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xc0, 0xaf]].map((raw) =>
            Buffer.from(raw),
          ),
        ),
      );
    case 4:
      return Buffer.concat([bytes, pick.of(['{}', ',', '\0', 'x', ' \n\t', '//c', `${text}`].map((tail) => Buffer.from(tail)))]);
    case 5:
      return Buffer.from(text, 'utf16le');
    case 6:
      return Buffer.from(text.replaceAll('"', "'"));
    case 7:
      return Buffer.from(text.replace(/([}\]])/, ',$1'));
    case 8:
      return spliced(Buffer.from(pick.of(['/* c */', '\u00a0', '\u2028', '\t', '\r\n', ' '])));
    case 9: {
      const flipped = Buffer.from(bytes);
      if (flipped.length > 0) flipped[at] = (flipped[at] ?? 0) ^ (1 << pick.below(8));
      return flipped;
    }
    case 10:
      return pick.bytes(pick.below(400));
    default:
      return Buffer.from(text.repeat(2));
  }
}
