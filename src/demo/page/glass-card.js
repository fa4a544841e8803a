import { atDesk } from './desk.js';
import { byId, say } from './page-tools.js';

const PAGE_WORDS = { idle: 'Idle page', pay: 'Payment page', paid: 'Thank-you page' };

/** The customer display: the picture the panel made of the bytes, and the texts of its components. */
export function createGlassCard() {
  const screen = byId('screen');
  let look = 0;
  return {
    show(glass) {
      const { plugged, lit, page, texts, showsCode } = glass;
      byId('device').dataset.plugged = plugged ? 'yes' : 'no';
      screen.dataset.code = showsCode ? 'yes' : 'no';
      screen.dataset.page = page ?? '';
      for (const name of ['t0', 't1', 't2']) say(byId(`glass-${name}`), texts[name] ?? '');
      if (glass.look !== look) byId('glass-picture').src = atDesk(`/demo/glass.png?look=${glass.look}`);
      look = glass.look;
      const words = wordsFor(glass);
      say(byId('glass-words'), words);
      const read = [texts.t0, texts.t1, texts.t2].filter(Boolean).join(', ');
      const label = lit ? `Customer display: ${showsCode ? 'QR code' : 'no code'}${read === '' ? '' : `, ${read}`}` : words;
      if (screen.getAttribute('aria-label') !== label) screen.setAttribute('aria-label', label);
    },
  };
}

function wordsFor({ plugged, lit, page, showsCode }) {
  if (!plugged) return 'Unplugged: no power, no line.';
  if (!lit) return 'Starting …';
  return `${PAGE_WORDS[page] ?? `Page ${page}`}${showsCode ? ' with a code' : ''}. Drawn from the bytes on the line.`;
}
