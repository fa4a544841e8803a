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
