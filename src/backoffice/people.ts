/** What people may do, each role everything of the one before: look; act on payments and days; confirm what another person proposed. */
export const ROLES = ['viewer', 'operator', 'approver'] as const;
export type Role = (typeof ROLES)[number];

/** Whether somebody with `has` may do what needs `needed`. */
export function roleCovers(has: Role, needed: Role): boolean {
  return ROLES.indexOf(has) >= ROLES.indexOf(needed);
}

/** A name as it is typed at a login and stands in the trail of acts. */
export const PERSON_NAME = /^[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}$/;

/** What the bridge does by itself stands in the trail of acts under these names: nobody is called so, in whatever case. */
export const RESERVED_NAMES: readonly string[] = ['bridge', 'sftp'];

/** Who is calling, and how he showed it. */
export interface Person {
  readonly name: string;
  readonly role: Role;
  readonly by: 'session' | 'key';
}
