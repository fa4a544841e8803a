import type { UserAnswer, UserDesk } from './backoffice/user-desk.js';
import { type AdminAnswer, done } from './technician/admin-messages.js';
import type { AdminHandler } from './technician/admin-socket.js';

/** What commands about users ask, answered by the running bridge or on the books of a stopped one. */
export function userVerbs(users: UserDesk): Readonly<Record<string, AdminHandler>> {
  return {
    'user.add': async ({ name, role, password, apiKey, account }) =>
      told(await users.add({ name, role, password, apiKey, account })),
    'user.list': async () => done(await users.list()),
    'user.disable': async ({ name, account }) => told(await users.disable({ name, account })),
  };
}

function told(answer: UserAnswer): AdminAnswer {
  if (answer.kind === 'refused') return { kind: 'refused', code: 'wrong_usage', message: answer.message };
  const { kind: _done, ...result } = answer;
  return done(result);
}
