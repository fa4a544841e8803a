import { byId, make, say } from './page-tools.js';

/** Everything on this page belongs to one upstream with its lane; which one stands in the address, so that a reload stays with it. */
let upstreamId = new URLSearchParams(location.search).get('upstream');
let till = '';

/** The address of a route of the demo, for this page's upstream. */
export function atDesk(path) {
  if (upstreamId === null) return path;
  return `${path}${path.includes('?') ? '&' : '?'}upstream=${encodeURIComponent(upstreamId)}`;
}

/** The address of a call of the terminal API, made as this page's till. */
export function asTill(path) {
  return `${till}${path}`;
}

/** Puts the upstream's name wherever it belongs, and draws the choice; `state` is the first that came over the live stream. */
export function beginDesk({ upstream, upstreams, terminalId }) {
  upstreamId = upstream.id;
  till = `/tills/${terminalId}`;
  for (const [what, text] of Object.entries({ name: upstream.name, brand: upstream.brand, till: terminalId })) {
    for (const place of document.querySelectorAll(`[data-desk="${what}"]`)) say(place, text);
  }
  const choice = ({ id, title }) =>
    make(
      'li',
      {},
      make('a', { href: `/?upstream=${id}`, 'data-upstream': id, 'aria-current': id === upstreamId ? 'page' : undefined }, title),
    );
  byId('upstreams').replaceChildren(...upstreams.map(choice));
}
