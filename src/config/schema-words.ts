import * as z from 'zod';
import { isZoneName, zoneNames } from '../base/zone.js';
import { currencyExponent } from '../payment/money.js';
import { nearest } from './nearest.js';

/** What a field is for and how it may look; both go into the JSON Schema and into the repair of a wrong value. */
export interface FieldHelp {
  readonly description: string;
  readonly example?: unknown;
}

function help({ description, example }: FieldHelp): Record<string, unknown> & { description: string } {
  return example === undefined ? { description } : { description, examples: [example] };
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
const CONTROL = /[\u0000-\u001f\u007f]/;

/** Text of 1 to `longest` characters (code points, as the pay APIs count) without control characters. */
export function text(longest: number, about: FieldHelp) {
  return z
    .string()
    .refine((value) => value !== '', 'is empty')
    .refine((value) => [...value].length <= longest, `is longer than ${longest} characters`)
    .refine((value) => !CONTROL.test(value), 'contains a control character')
    .meta({ ...help(about), minLength: 1, maxLength: longest });
}

/** Text of one exact form; `wrong` completes the sentence "the key …". */
export function formed(form: RegExp, wrong: string, about: FieldHelp) {
  return z.string().regex(form, wrong).meta(help(about));
}

/** Whole number between two limits, both allowed. */
export function whole(lowest: number, highest: number, about: FieldHelp) {
  return z.int().min(lowest).max(highest).meta(help(about));
}

/** One of a few words. */
export function oneOf<const Words extends readonly [string, ...string[]]>(words: Words, about: FieldHelp) {
  return z.enum(words).meta(help(about));
}

/** Yes or no. */
export function flag(about: FieldHelp) {
  return z.boolean().meta(help(about));
}

/** A name that other parts of the file refer to, and that may stand in a URL path. */
export function name(about: FieldHelp) {
  return formed(
    /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/,
    'must be 1 to 64 letters, digits, _ . or -, beginning with a letter or digit',
    about,
  );
}

/** A file path; relative ones are relative to the configuration file. */
export function path(about: FieldHelp) {
  return text(4096, about);
}

/** ISO 4217 code of a currency that the bridge can count in. */
export function currency(about: FieldHelp) {
  return z
    .string()
    .regex(/^[A-Z]{3}$/, 'must be three upper-case letters')
    .refine((code) => currencyExponent(code) !== undefined, 'is a currency whose decimal places the bridge does not know')
    .meta({ ...help(about), pattern: '^[A-Z]{3}$' });
}

/** A language tag such as `ja` or `pt-BR`. */
export function languageTag(about: FieldHelp) {
  return formed(/^[a-z]{2,3}(-[A-Z]{2})?$/, 'must be a language tag like en or pt-BR', about);
}

/** The IANA name of a time zone. */
export function timeZone(about: FieldHelp) {
  return z
    .string()
    .refine(isZoneName, {
      error: ({ input }) => {
        const meant = typeof input === 'string' ? nearest(input, zoneNames()) : undefined;
        return `must be the name of a time zone like Asia/Tokyo, not an offset${meant === undefined ? '' : `; perhaps "${meant}" is meant`}`;
      },
    })
    .meta(help(about));
}

/** List without repetitions. */
export function distinct<Item extends z.ZodType>(item: Item, lowest: number, highest: number, about: FieldHelp) {
  return z
    .array(item)
    .min(lowest)
    .max(highest)
    .refine((items) => new Set(items).size === items.length, 'names something twice')
    .meta({ ...help(about), uniqueItems: true });
}
