/** A component as the integrator drew it in the maker's editor. */
export interface NextionComponent {
  readonly name: string;
  readonly kind: 'text' | 'qr' | 'number';
  /** Longest text in bytes; what is longer is cut without a word (display reference 4.4). */
  readonly textMax?: number;
  /** Keeps its value when the page is left, and can be reached as `page.component` from other pages. */
  readonly global?: boolean;
}

/** A page and its components; the first page of a project is shown after power-on. */
export interface NextionPage {
  readonly name: string;
  readonly components: readonly NextionComponent[];
}

export const DEFAULT_TEXT_MAX = 255;

function texts(textMax: number): NextionComponent[] {
  return ['t0', 't1', 't2'].map((name) => ({ name, kind: 'text', textMax }));
}

/** The project that the bridge's default options expect: pages `idle`, `pay`, `paid`; `t0` `t1` `t2` on each, `qr0` on `pay` (till manual). */
export function defaultNextionProject(textMax = DEFAULT_TEXT_MAX): NextionPage[] {
  return [
    { name: 'idle', components: texts(textMax) },
    { name: 'pay', components: [{ name: 'qr0', kind: 'qr', textMax }, ...texts(textMax)] },
    { name: 'paid', components: texts(textMax) },
  ];
}

/** A page of a project: by its name, or by its number in a project whose other pages nobody uses. */
function placePage(pages: NextionPage[], page: string, components: readonly NextionComponent[]): void {
  const isNumber = /^\d+$/.test(page);
  const index = isNumber ? Number(page) : pages.findIndex(({ name }) => name === page);
  for (let next = pages.length; isNumber && next <= index; next += 1) pages.push({ name: `page${next}`, components: [] });
  const at = index < 0 ? pages.length : index;
  pages[at] = { name: pages[at]?.name ?? page, components: [...(pages[at]?.components ?? []), ...components] };
}

/** The project that a display's options describe: `pages`, `components`, `textMax` as in the configuration (till API contract 2). */
export function nextionProjectFor(options: Readonly<Record<string, unknown>>): NextionPage[] {
  const named = (table: unknown, key: string, usual: string) =>
    String((table as Readonly<Record<string, unknown>> | undefined)?.[key] ?? usual);
  const { pages, components } = options;
  const textMax = typeof options['textMax'] === 'number' ? options['textMax'] : DEFAULT_TEXT_MAX;
  const texts = (['amount', 'line1', 'line2'] as const)
    .map((place, index) => named(components, place, `t${index}`))
    .filter((name) => name !== '');
  const onEachPage = texts.filter((name) => !name.includes('.')).map((name) => ({ name, kind: 'text' as const, textMax }));
  const qr = named(components, 'qr', 'qr0');
  const project: NextionPage[] = [];
  const pay = named(pages, 'pay', 'pay');
  const used = [named(pages, 'idle', 'idle'), pay, named(pages, 'paid', 'paid')];
  // Page 0 is shown after power-on: numbered pages first, then names in the order of their use.
  for (const page of [...new Set(used)].toSorted((a, b) => Number(/^\d+$/.test(b)) - Number(/^\d+$/.test(a)))) {
    const own = page === pay && !qr.includes('.') ? [{ name: qr, kind: 'qr' as const, textMax }] : [];
    placePage(project, page, [...own, ...onEachPage]);
  }
  for (const [path, kind] of [[qr, 'qr'], ...texts.map((name) => [name, 'text'] as const)] as const) {
    const [page = '', name] = path.split('.');
    if (name !== undefined) placePage(project, page, [{ name, kind, textMax, global: true }]);
  }
  return project;
}
