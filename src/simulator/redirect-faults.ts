import type { CallChange } from './call-change.js';
import { asIs, type CallFault, count, type FaultLevel, withNumber } from './fault-row.js';
import { isWireObject, type WireObject } from './simulator-words.js';

/** Only an answer that carries an address can carry a wrong one. */
function form(change: (form: WireObject) => WireObject | undefined): () => CallChange {
  return () => ({
    answer(answer) {
      const { redirectActionForm, ...rest } = answer;
      if (!isWireObject(redirectActionForm)) return answer;
      const changed = change(redirectActionForm);
      return changed === undefined ? rest : { ...rest, redirectActionForm: changed };
    },
  });
}

const row = (name: string, level: FaultLevel, does: string, change: () => CallChange): CallFault => ({
  name,
  level,
  calls: ['pay'],
  does,
  change,
});

/** Leaves the address out. */
const withoutAddress: CallChange = form(() => undefined)();

/** What can be wrong with the address of a cashier (sibling reference 0.7); nothing happens to other answers. */
export const REDIRECT_FAULTS: readonly CallFault[] = [
  row(
    'no_address',
    2,
    'cashier dialects: accepted, without an address',
    form(() => undefined),
  ),
  {
    name: 'address_later:MS',
    level: 1,
    examples: ['address_later:2000'],
    calls: ['pay'],
    does: 'cashier dialects: accepted, without an address; it goes to cashierNotifyUrl MS later (default 2000)',
    change: ([ms]) => withNumber(count(ms, 2000), (addressLater) => ({ ...withoutAddress, addressLater })),
  },
  {
    name: 'address_first',
    level: 1,
    calls: ['pay'],
    does: 'cashier dialects: the address goes to cashierNotifyUrl before the answer, which has none',
    change: asIs<CallChange>({ ...withoutAddress, addressLater: 'before' }),
  },
  row(
    'address_by_post',
    2,
    'cashier dialects: the address is to be called with POST',
    form((f) => ({ ...f, method: 'POST' })),
  ),
  row(
    'address_http',
    3,
    'cashier dialects: the address is not https',
    form((f) => ({ ...f, redirectionUrl: 'http://code.example/1' })),
  ),
  row(
    'address_elsewhere',
    3,
    'cashier dialects: the address is on a foreign host',
    form((f) => ({ ...f, redirectionUrl: 'https://phish.example/1' })),
  ),
  row(
    'address_long',
    2,
    'cashier dialects: the address has more than 2,953 bytes',
    form((f) => ({ ...f, redirectionUrl: `https://code.example/${'1'.repeat(2950)}` })),
  ),
];
