const AGAIN_AFTER_MS = 1000;

/**
 * Server-sent events that come back by themselves, also after answers that make a browser give up. While the page is hidden the stream
 * is closed: a browser allows only a few connections to one server. `handlers` by event name; `onLink(true|false)` says whether it stands.
 */
export function follow(address, handlers, onLink) {
  let source;
  let again;

  function open() {
    clearTimeout(again);
    source?.close();
    source = new EventSource(address);
    source.onopen = () => onLink(true);
    source.onerror = () => {
      onLink(false);
      source.close();
      again = setTimeout(open, AGAIN_AFTER_MS);
    };
    for (const [name, handle] of Object.entries(handlers)) {
      source.addEventListener(name, (event) => handle(JSON.parse(event.data)));
    }
  }

  document.addEventListener('visibilitychange', () => {
    if (document.hidden) {
      clearTimeout(again);
      source.close();
    } else open();
  });
  open();
}

/** One call; answers `{ ok, status, body }`, with status 0 when nobody answered. Never rejects. */
export async function call(method, address, body) {
  const wish = { method, headers: {} };
  if (body !== undefined) {
    wish.headers['Content-Type'] = 'application/json';
    wish.body = JSON.stringify(body);
  }
  try {
    const answer = await fetch(address, wish);
    return { ok: answer.ok, status: answer.status, body: await answer.json().catch(() => null) };
  } catch {
    return { ok: false, status: 0, body: null };
  }
}
