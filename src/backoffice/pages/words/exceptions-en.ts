import { EXCEPTION_SENTENCES, type SentenceKey } from '../../../reconciliation/exception-sentences.js';

type OnPages = { readonly [Key in SentenceKey as `ex.${Key}`]: string };

const SENTENCES = Object.fromEntries(Object.entries(EXCEPTION_SENTENCES).map(([key, text]) => [`ex.${key}`, text])) as OnPages;

/** English sentences about exceptions, as JSON has them, and the words in them. */
export const EXCEPTIONS_EN = {
  ...SENTENCES,
  'ex.type.payment': 'payment',
  'ex.type.refund': 'refund',
  'ex.standing.undecided': 'undecided',
  'ex.standing.failed': 'failed',
  'ex.standing.cancelled': 'cancelled',
} as const;
