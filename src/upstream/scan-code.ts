import type { z } from 'zod';
import type { CancelReason } from '../payment/payment.js';
import type { Dialect } from './dialect.js';
import type { PayAnswer } from './message-fields.js';

/** The most bytes a QR symbol can hold at all (version 40, level L). */
const LONGEST_CODE_BYTES = 2953;

/** Which redirect addresses may be drawn (configuration keys `codeHosts`, `allowPostAsGet`). */
export interface CodeRules {
  /** Lower-case host names without port; a forged address on a customer display is a trap. */
  readonly hosts: ReadonlySet<string>;
  readonly allowPostAsGet: boolean;
}

/** What an answer offers to scan: a text that may be drawn, or why it may not. */
export type OfferedCode = { readonly text: string } | { readonly refused: CodeRefusal };

type CodeRefusal = Extract<CancelReason, `code_${string}`>;

type Answer = Pick<z.output<typeof PayAnswer>, 'orderCodeForm' | 'redirectActionForm'>;

/** Whether an answer carries anything that could be a code. */
export function carriesCode(dialect: Dialect, answer: Answer): boolean {
  if (dialect.codeAt === 'redirectActionForm') return (answer.redirectActionForm?.redirectionUrl ?? '') !== '';
  return dialect.codeAt === 'orderCodeForm' && textCode(answer.orderCodeForm?.codeDetails ?? []) !== undefined;
}

/** The code of an answer, byte for byte, after every condition under which it may be drawn. */
export function codeOfAnswer(dialect: Dialect, answer: Answer, rules: CodeRules): OfferedCode {
  switch (dialect.codeAt) {
    case 'orderCodeForm': {
      const text = textCode(answer.orderCodeForm?.codeDetails ?? []);
      return text === undefined ? { refused: 'code_missing' } : ifItFits(text);
    }
    case 'redirectActionForm':
      return redirectCode(answer.redirectActionForm?.redirectionUrl, answer.redirectActionForm?.method, rules);
    case 'none':
      return { refused: 'code_missing' };
  }
}

/**
 * An address that a scan opens: https, a configured host, and GET, because a scan can be nothing else (sibling reference 0.7). The text is
 * not touched: what was checked is what is drawn.
 */
export function redirectCode(url: string | undefined, method: string | undefined, rules: CodeRules): OfferedCode {
  if (url === undefined || url === '') return { refused: 'code_missing' };
  if (!/^https:\/\//i.test(url)) return { refused: 'code_not_https' };
  // What two readers could read as two different hosts is nobody's host.
  const [authority = ''] = url.slice('https://'.length).split(/[/?#]/);
  const plain = /^[\x21-\x7e]+$/.test(url) && !/[\\"<>^`{|}]/.test(url) && /^[A-Za-z0-9.-]+(:\d{1,5})?$/.test(authority);
  const host = authority.replace(/:\d+$/, '').toLowerCase();
  if (!plain || !URL.canParse(url) || new URL(url).hostname !== host || !rules.hosts.has(host))
    return { refused: 'code_foreign_host' };
  const verb = method?.toUpperCase() ?? 'GET';
  if (verb !== 'GET' && !(verb === 'POST' && rules.allowPostAsGet)) return { refused: 'code_method' };
  return ifItFits(url);
}

function ifItFits(text: string): OfferedCode {
  return Buffer.byteLength(text, 'utf8') > LONGEST_CODE_BYTES ? { refused: 'code_too_long' } : { text };
}

interface CodeDetail {
  readonly codeValue?: string | undefined;
  readonly displayType?: string | undefined;
}

/** The first TEXT form, byte for byte; an entry without a type counts when its value is no image (order-code reference 3.3). */
function textCode(details: readonly CodeDetail[]): string | undefined {
  const usable = details.filter((d) => d.codeValue !== undefined && d.codeValue !== '' && !/\p{Cc}/u.test(d.codeValue));
  const text =
    usable.find((d) => d.displayType?.toUpperCase() === 'TEXT') ??
    usable.find((d) => !d.displayType && !looksLikeImage(d.codeValue ?? ''));
  return text?.codeValue;
}

function looksLikeImage(value: string): boolean {
  return (
    /^data:image\//i.test(value) ||
    /\.(png|jpe?g|gif|svg|webp|bmp)([?#]|$)/i.test(value) ||
    /showQrImage|[?&]picSize=/i.test(value)
  );
}
