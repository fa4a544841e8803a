import knex from 'knex';
import { BridgeError } from '../base/bridge-error.js';
import { soleClaims } from './claims.js';
import { COMMON_SETTINGS, type DatabaseKind, type OpenBooks } from './database-kind.js';

const NOTHING_THERE: DatabaseKind = {
  isShared: false,
  troubleOf: (error) => (error instanceof BridgeError ? error : undefined),
  hangs: () => new BridgeError('books.unavailable', 'The books cannot be opened: the attempt does not come back.'),
  damage: async () => null,
  takeTurns: async () => {},
  claims: soleClaims,
  bell: () => ({ tell() {}, close: async () => {} }),
};

/** Books that cannot be opened at present: whatever is asked of them is refused with `trouble`, and nothing is stored anywhere. */
export function absentBooks(trouble: () => BridgeError): OpenBooks {
  const db = knex({
    ...COMMON_SETTINGS,
    client: 'sqlite3',
    useNullAsDefault: true,
    connection: async () => {
      throw trouble();
    },
  });
  return { db, kind: NOTHING_THERE, close: () => db.destroy() };
}
