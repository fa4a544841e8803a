import { BridgeError } from './base/bridge-error.js';
import type { StoredBooks } from './bridge-books.js';
import type { BridgeConfig } from './config/bridge-config.js';

type Stored = Pick<StoredBooks, 'payments' | 'accounts'>;

/**
 * An open payment whose upstream is gone could neither be asked about nor be notified, and another account there would be told that it does
 * not exist: better not to start than to lose it. Throws `BridgeError` `config.wrong`; else the accounts of this configuration are remembered.
 */
export async function refuseForgottenUpstreams({ payments, accounts }: Stored, { upstreams }: BridgeConfig): Promise<void> {
  const withWork = new Set(await payments.upstreamsWithWork());
  const configured = new Set(upstreams.map(({ id }) => id));
  const missing = [...withWork].filter((id) => !configured.has(id));
  if (missing.length > 0)
    throw wrong(
      `the books hold unfinished payments of ${missing.join(', ')}, and no upstream of that name is configured`,
      'put the upstream back under its old id until they have ended',
    );
  for (const { id, dialect, clientId } of upstreams) {
    const before = await accounts.account(id);
    if (before?.dialect === dialect && before.clientId === clientId) continue;
    if (before !== undefined && withWork.has(id)) {
      const [key, was, is] =
        before.dialect === dialect ? ['clientId', before.clientId, clientId] : ['dialect', before.dialect, dialect];
      throw wrong(
        `upstream ${id}: the books hold unfinished payments or refunds made with ${key} ${was}, and now it says ${key}: ${is}`,
        `put ${key} back until they have ended, or give the other account an upstream with an id of its own`,
      );
    }
    await accounts.rememberAccount(id, { dialect, clientId });
  }
}

function wrong(what: string, repair: string): BridgeError {
  return new BridgeError('config.wrong', `${what}. Repair: ${repair}.`);
}
