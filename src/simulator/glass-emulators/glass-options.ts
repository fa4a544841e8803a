/** What an option of an emulated glass holds; a list names the words it may be. */
export type OptionKind = 'number' | 'flag' | 'text' | 'table' | readonly string[];
export type OptionKinds = Readonly<Record<string, OptionKind>>;

/** Options as they stand in a configuration or on a command line. */
export type GivenOptions = Readonly<Record<string, unknown>>;

type ValueOf<Kind> = Kind extends 'number'
  ? number
  : Kind extends 'flag'
    ? boolean
    : Kind extends readonly (infer Word)[]
      ? Word
      : Kind extends 'table'
        ? GivenOptions
        : string;

type Taken<Kinds extends OptionKinds> = { readonly [Name in keyof Kinds]?: ValueOf<Kinds[Name]> };

function fits(kind: OptionKind, value: unknown): boolean {
  if (typeof kind !== 'string') return typeof value === 'string' && kind.includes(value);
  if (kind === 'table') return typeof value === 'object' && value !== null && !Array.isArray(value);
  return typeof value === { number: 'number', flag: 'boolean', text: 'string' }[kind];
}

/** The options that have a name and a value of these kinds; everything else is none of the glass's business. */
export function takeOptions<const Kinds extends OptionKinds>(given: GivenOptions, kinds: Kinds): Taken<Kinds> {
  const taken = Object.entries(given).filter(([name, value]) => Object.hasOwn(kinds, name) && fits(kinds[name] ?? [], value));
  return Object.fromEntries(taken) as Taken<Kinds>;
}

function kindText(kind: OptionKind): string {
  if (typeof kind !== 'string') return `one of ${kind.join(', ')}`;
  return { number: 'a number', flag: 'true or false', text: 'a text', table: 'a table' }[kind];
}

/** What is wrong with one option, as a sentence; undefined when nothing is. */
export function optionProblem(kinds: OptionKinds, name: string, value: unknown): string | undefined {
  const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
  if (kind === undefined) return `There is no option "${name}" here; there are: ${Object.keys(kinds).join(', ')}.`;
  return fits(kind, value) ? undefined : `The option "${name}" must be ${kindText(kind)}.`;
}
