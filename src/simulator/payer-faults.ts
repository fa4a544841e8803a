import { asIs, type CallFault } from './fault-row.js';
import { SUCCESS } from './simulator-words.js';

/** The payer, or a cancel, at the worst instant. The account book stays right whatever was answered. */
export const PAYER_FAULTS: readonly CallFault[] = [
  {
    name: 'before_answer',
    level: 1,
    calls: ['pay'],
    does: 'paid at once; the notification goes out before the pay answer',
    change: asIs({ payerPays: 'beforeAnswer' }),
  },
  {
    name: 'pays_first',
    level: 1,
    calls: ['inquiry', 'cancel'],
    does: 'the payer pays at the very instant before this call is carried out',
    change: asIs({ payerPays: 'first' }),
  },
  {
    name: 'pays_at_expiry',
    level: 1,
    calls: ['pay'],
    does: 'an order created now is paid in the last millisecond of its life',
    change: asIs({ payerPays: 'atExpiry' }),
  },
  {
    name: 'paid_after_cancel',
    level: 3,
    calls: ['cancel'],
    does: 'cancelled and answered S; then the payer, who had not paid yet, is charged all the same',
    change: asIs({ payerPays: 'afterCancel' }),
  },
  {
    name: 'empty_promise',
    level: 3,
    calls: ['cancel'],
    does: 'answered S, and nothing was done: the order stays payable',
    change: asIs({ processed: 0, answer: () => ({ result: { ...SUCCESS } }) }),
  },
];
