import { userInfo } from 'node:os';

/** The account under which this command runs, for the trail of acts; `unknown` where the system has no name for it. */
export function accountName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unknown';
  }
}
