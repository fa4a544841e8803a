/** One step of a page that tells a story in HTTP: what happens beside it, what is asked, what is answered. */
export type StoryStep =
  | { readonly kind: 'meanwhile'; readonly what: string; readonly line: number }
  | {
      readonly kind: 'request';
      readonly method: string;
      readonly path: string;
      readonly message: StoryMessage;
      readonly line: number;
    }
  | { readonly kind: 'answer'; readonly status: number; readonly message: StoryMessage; readonly line: number };

/** Headers (lower-case names) and the body's text. */
export interface StoryMessage {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Reads the `http` blocks and the comments alone on a line of a Markdown text, in order. */
export function storyOf(markdown: string): readonly StoryStep[] {
  const steps: StoryStep[] = [];
  for (const found of markdown.matchAll(/^<!-- (.+) -->$|^```http\n([\s\S]*?)^```$/gm)) {
    const line = markdown.slice(0, found.index).split('\n').length;
    if (found[1] !== undefined) steps.push({ kind: 'meanwhile', what: found[1], line });
    else steps.push(blockStep(found[2] ?? '', line));
  }
  return steps;
}

function blockStep(block: string, line: number): StoryStep {
  const [head = '', ...bodyParts] = block.split('\n\n');
  const [first = '', ...headerLines] = head.trimEnd().split('\n');
  const headers = Object.fromEntries(
    headerLines.map((text) => [text.slice(0, text.indexOf(':')).toLowerCase(), text.slice(text.indexOf(':') + 1).trim()]),
  );
  const message = { headers, body: bodyParts.join('\n\n').trimEnd() };
  const answer = /^HTTP\/1\.1 (\d{3}) /.exec(first);
  if (answer !== null) return { kind: 'answer', status: Number(answer[1]), message, line };
  const [method = '', path = ''] = first.split(' ');
  return { kind: 'request', method, path, message, line };
}

/** Names that differ in every run: the page's own are bound to the real ones as they turn up. */
export interface Names {
  /** The text with every name of the page replaced by the real one. */
  real(text: string): string;
  bind(ofPage: string, real: string): void;
}

export function createNames(): Names {
  const known = new Map<string, string>();
  return {
    real: (text) => [...known].reduce((out, [ofPage, real]) => out.replaceAll(ofPage, real), text),
    bind(ofPage, real) {
      known.set(ofPage, real);
    },
  };
}

const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;
/** Members whose value is random or the upstream's own: bound, not compared. */
const NAMED = new Set(['paymentRequestId', 'paymentId', 'traceId', 'walletBrandName', 'value of orderCode']);

/** Every difference between what a page shows and what came; members that the page leaves out are not looked at. */
export function differences(shown: unknown, came: unknown, names: Names, path = ''): string[] {
  if (Array.isArray(shown)) {
    if (!Array.isArray(came) || came.length !== shown.length) return [`${path}: not a list of ${shown.length}`];
    return shown.flatMap((item, index) => differences(item, came[index], names, `${path}[${index}]`));
  }
  if (shown !== null && typeof shown === 'object') {
    if (came === null || typeof came !== 'object') return [`${path}: ${JSON.stringify(came)} is no object`];
    return Object.entries(shown).flatMap(([name, value]) =>
      differences(value, (came as Record<string, unknown>)[name], names, path === '' ? name : `${path}.${name}`),
    );
  }
  return scalarDifferences(shown, came, names, path);
}

function scalarDifferences(shown: unknown, came: unknown, names: Names, path: string): string[] {
  if (typeof shown === 'string' && typeof came === 'string') {
    const member = path.endsWith('orderCode.value') ? 'value of orderCode' : (path.split('.').at(-1) ?? '');
    if (TIME.test(shown) && TIME.test(came)) return [];
    if (NAMED.has(member) && names.real(shown) === shown) {
      names.bind(shown, came);
      return [];
    }
    return names.real(shown) === came ? [] : [`${path}: the page says "${shown}", the bridge "${came}"`];
  }
  return shown === came ? [] : [`${path}: the page says ${JSON.stringify(shown)}, the bridge ${JSON.stringify(came)}`];
}
