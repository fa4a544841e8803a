import { byId, say } from './page-tools.js';
import { onTerminalCall } from './terminal-calls.js';

const COPIED_FOR_MS = 4000;

/** What an integrator wants to see: the last call of the till, and a command to make one. */
export function createCallPanel() {
  let curl = '';
  let fresh = 0;

  onTerminalCall((record) => {
    byId('call-empty').hidden = true;
    byId('call').hidden = false;
    say(
      byId('call-line'),
      `${record.method} ${record.path} → ${record.status === 0 ? 'no answer' : record.status} in ${record.ms} ms`,
    );
    const headers = [
      'Authorization: Bearer … (added by the demo server)',
      ...Object.entries(record.headers).map(([name, value]) => `${name}: ${value}`),
    ];
    const body = record.body === undefined ? '' : `\n\n${JSON.stringify(record.body, null, 2)}`;
    say(byId('call-request'), `${record.method} ${record.path}\n${headers.join('\n')}${body}`);
    say(
      byId('call-answer'),
      record.status === 0 ? 'Nobody answered.' : `${record.status}\n\n${JSON.stringify(record.answer, null, 2)}`,
    );
  });

  function write() {
    fresh += 1;
    const reference = `CURL-${Date.now().toString(36).toUpperCase()}-${fresh}`;
    say(byId('curl'), curl.replace('REFERENCE', reference));
  }

  byId('copy-curl').addEventListener('click', async () => {
    const done = await navigator.clipboard.writeText(byId('curl').textContent).then(
      () => true,
      () => false,
    );
    say(byId('copied'), done ? 'Copied. The next copy starts another sale.' : 'Select the command above and copy it.');
    if (done) {
      write();
      setTimeout(() => say(byId('copied'), ''), COPIED_FOR_MS);
    } else getSelection()?.selectAllChildren(byId('curl'));
  });

  return {
    show(demo) {
      if (curl === demo.curl) return;
      curl = demo.curl;
      byId('docs-link').href = `${demo.terminalUrl}/docs`;
      write();
    },
  };
}
