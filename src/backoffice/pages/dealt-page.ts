import { Problem } from '../../http/problem.js';
import type { Waiting, WaitingBooks } from '../dealing.js';
import type { Page, PageKit } from './page-kit.js';
import type { PageCall } from './page-router.js';
import { type Taken, takenPage } from './taken-page.js';

/** Somebody else has dealt with it: who, when and how. Throws what is no such conflict. */
export async function dealtTaken(
  error: unknown,
  call: PageCall,
  kit: PageKit,
  { books, id, ...shown }: { readonly books: WaitingBooks<Waiting>; readonly id: string } & Omit<Taken, 'sentence' | 'said'>,
): Promise<Page> {
  if (!(error instanceof Problem && error.code === 'already_dealt_with')) throw error;
  const dealt = (await books.find(id))?.dealtWith;
  if (dealt == null) throw error;
  const sentence = call.say('taken.dealt', { by: dealt.by, at: kit.shop.full(dealt.at) });
  return takenPage(call, { ...shown, sentence, said: dealt.why });
}
