import type { Clock } from '../../base/clock.js';
import type { ImportAnswer, ReconDesk } from '../../reconciliation/recon-desk.js';
import { receiveUpload } from '../clearing-upload.js';
import type { Page } from './page-kit.js';
import { type PageRouter, TOKEN_FIELD } from './page-router.js';
import type { Say } from './words/words.js';

export interface UploadPageParts {
  readonly recon: ReconDesk;
  readonly clock: Clock;
  readonly pages: PageRouter;
}

/** `POST /days/upload`: clearing files from a form or dropped on the page; answers with a page that says what became of each. */
export function uploadPage({ recon, clock, pages }: UploadPageParts): void {
  pages.upload('/days/upload', 'operator', async ({ ctx, caller, say }) => {
    const token = { field: TOKEN_FIELD, value: caller.session.csrfToken };
    const upload = await receiveUpload(ctx, clock, token);
    try {
      const answer = await recon.import(upload.sources, caller.person.name);
      return verdicts(
        answer,
        upload.sources.map(({ name }) => name),
        say,
      );
    } finally {
      await upload.remove();
    }
  });
}

function verdicts(answer: ImportAnswer, names: readonly string[], say: Say): Page {
  const isRefused = answer.kind !== 'imported';
  const errors =
    answer.kind === 'refused'
      ? answer.errors.map(({ path, line, column, message }) => ({ path, line, column, message }))
      : answer.kind === 'imported'
        ? []
        : [{ path: '', line: null, column: null, message: answer.message }];
  const files = answer.kind === 'imported' ? answer.files : [];
  const more = answer.kind === 'refused' && answer.hasMore ? answer.errors.length : null;
  const sentence = answer.kind === 'imported' || answer.kind === 'refused' ? null : say(`problem.${answer.kind}`);
  return {
    template: 'upload',
    title: say('up.title'),
    at: '/days',
    status: isRefused ? (answer.kind === 'refused' ? 400 : 409) : 200,
    model: { files, errors, more, names, sentence, isRefused, dates: [...new Set(files.map(({ date }) => date))].toSorted() },
  };
}
