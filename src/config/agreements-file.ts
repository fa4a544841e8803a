import { LineCounter, parseDocument, visit } from 'yaml';
import * as z from 'zod';
import type { Agreement, Agreements } from '../upstream/agreement-token.js';
import { valueAt, wrongType } from './explain-issue.js';
import { type KeyReading, readKeyText } from './key-files.js';
import type { ConfigPath, Finding } from './problem.js';
import type { DialectName, RawUpstream } from './upstream-schema.js';

const FORM =
  'Write one line for each agreement: REFERENCE: { token: "…", paymentMethodType: GCASH, maxAmount: { currency: PHP, value: "500000" } }.';

/** Lengths of sibling reference 1.3 and 3.3; a reference is what a till may write into `buyer.agreementReference`. */
const agreement = z.strictObject({
  token: z.string().regex(/^[\x21-\x7e]{1,128}$/, 'must be 1 to 128 visible ASCII characters, in quotes'),
  paymentMethodType: z
    .string()
    .regex(/^[A-Za-z0-9_]{1,64}$/, 'must be 1 to 64 letters, digits or _')
    .optional(),
  maxAmount: z
    .strictObject({
      currency: z.string().regex(/^[A-Z]{3}$/, 'must be a currency of three capital letters'),
      value: z.string().regex(/^[1-9][0-9]{0,15}$/, 'must be 1 to 16 digits in quotes, without leading zeros'),
    })
    .optional(),
});

/** Dialects in which the payment method of an agreement goes upstream. */
const NAMES_METHOD: readonly DialectName[] = ['antom_auto_debit'];

/** Reads the agreements of an upstream, none without `agreementsFile`; no finding repeats a token. */
export async function readAgreements(path: ConfigPath, upstream: RawUpstream): Promise<KeyReading<Agreements>> {
  const file = upstream.agreementsFile;
  if (file === undefined) return { kind: 'ok', value: new Map() };
  const text = await readKeyText(path, file, true, 'Name the YAML file with the agreements.');
  if (text.kind === 'wrong') return text;
  const { value, unreadLine } = readGroup(text.value);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const where = unreadLine === undefined ? '' : `: line ${unreadLine} cannot be read`;
    const message = `${file} is not a YAML file of agreements by reference${where}`;
    return { kind: 'wrong', findings: [{ path, message, repair: FORM }] };
  }
  const agreements = new Map<string, Agreement>();
  const findings: Finding[] = [];
  const wrong = (reference: string, message: string, repair: string) =>
    findings.push({ path, message: `${file}: the agreement "${reference}" ${message}`, repair });
  for (const [reference, entry] of Object.entries(value)) {
    const read = agreement.safeParse(entry);
    if ([...reference].length > 64 || /\p{Cc}/u.test(reference))
      wrong(reference, 'has a name that no till can send', 'Name it with at most 64 characters.');
    else if (!read.success) wrong(reference, faultOf(read.error.issues, entry), FORM);
    else if (read.data.paymentMethodType === undefined && NAMES_METHOD.includes(upstream.dialect))
      wrong(reference, 'has no paymentMethodType', `The dialect ${upstream.dialect} sends it: add it, for example GCASH.`);
    else agreements.set(reference, read.data);
  }
  return findings.length > 0 ? { kind: 'wrong', findings } : { kind: 'ok', value: agreements };
}

/** Aliases are not taken. Of text that is no YAML the line is told and not what the parser says, which may quote a token. */
function readGroup(text: string): { readonly value: unknown; readonly unreadLine: number | undefined } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, strict: true, uniqueKeys: true });
  const lineOf = (offset: number) => Math.max(1, lines.linePos(offset).line);
  const [fault] = document.errors;
  if (fault !== undefined) return { value: undefined, unreadLine: lineOf(fault.pos[0]) };
  let alias: number | undefined;
  visit(document, {
    Alias: (_key, { range }) => {
      alias = range?.[0];
      return visit.BREAK;
    },
  });
  if (alias !== undefined) return { value: undefined, unreadLine: lineOf(alias) };
  return { value: document.toJS({ maxAliasCount: 0 }), unreadLine: undefined };
}

/** Zod's own words may quote a value; ours name the place. */
function faultOf(issues: readonly z.core.$ZodIssue[], entry: unknown): string {
  const [issue] = issues;
  if (issue?.code === 'unrecognized_keys') return `has the unknown key ${issue.keys[0]}`;
  const at = issue?.path.join('.') ?? '';
  const why = issue === undefined ? '' : wordsOf(issue, entry);
  return at === '' ? 'is not a group of token, paymentMethodType and maxAmount' : `has a wrong ${at}: it ${why}`;
}

function wordsOf(issue: z.core.$ZodIssue, entry: unknown): string {
  if (issue.code === 'invalid_format') return issue.message;
  if (issue.code !== 'invalid_type') return 'is missing or of the wrong kind';
  return wrongType(
    issue.expected,
    valueAt(
      entry,
      issue.path.map((part) => (typeof part === 'number' ? part : String(part))),
    ),
  );
}
