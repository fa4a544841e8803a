// Pieces of a page that are asked for anew while somebody looks. Without this the page stands as it was loaded.
const word = document.querySelector('#live-word');
const login = document.querySelector('#live-login');
const said = document.querySelector('#live-said');
const LONGEST_WAIT_MS = 8000;

let isOver = false;
let wasSilent = false;
/** Somebody moved since the last question: only then does the session live on. */
let isSomebodyHere = false;
for (const sign of ['pointermove', 'pointerdown', 'keydown', 'wheel', 'touchstart'])
  addEventListener(
    sign,
    () => {
      isSomebodyHere = true;
    },
    { passive: true },
  );

for (const piece of document.querySelectorAll('[data-piece]')) keepLive(piece);

function keepLive(piece) {
  let timer;
  let isAsking = false;
  const again = () => {
    clearTimeout(timer);
    if (!isOver && !document.hidden) timer = setTimeout(ask, Number(piece.dataset.every));
  };
  async function ask() {
    if (isAsking) return;
    isAsking = true;
    const heard = await answerOf(piece).catch(() => undefined);
    isAsking = false;
    if (isOver) return;
    if (heard === 'ended') end(piece);
    else if (heard === undefined) fallSilent(piece);
    else takeIn(piece, heard);
    again();
  }
  document.addEventListener('visibilitychange', () => {
    clearTimeout(timer);
    // Nobody sees a code run out on a page that is hidden.
    if (document.hidden) takeCodesAway(piece);
    else if (!isOver) void ask();
  });
  again();
}

/** The piece as it is now; 'ended' when the session has, undefined when there is no usable answer. */
async function answerOf(piece) {
  const address = new URL(piece.dataset.piece, location.href);
  if (isSomebodyHere) address.searchParams.set('here', '1');
  isSomebodyHere = false;
  const answer = await fetch(address, { redirect: 'manual', signal: AbortSignal.timeout(LONGEST_WAIT_MS) });
  if (answer.type === 'opaqueredirect') return 'ended';
  if (!answer.ok) return undefined;
  const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html').getElementById(piece.id);
  return fresh ?? undefined;
}

function takeIn(piece, fresh) {
  const before = sayings(piece);
  const focused = document.activeElement;
  const places = [];
  for (let at = focused; piece.contains(at); at = at.parentElement?.closest('[data-key], [data-piece]')) places.push(at);
  become(piece, document.adoptNode(fresh));
  delete piece.dataset.old;
  // Whatever was focused and is gone leaves the focus to what it stood in.
  if (places.length > 0 && document.activeElement !== focused)
    places.find((place) => piece.contains(place))?.focus({ preventScroll: true });
  const news = [...sayings(piece)].filter(([key, text]) => before.get(key) !== text).map(([, text]) => text);
  if (wasSilent) news.unshift(word.dataset.live);
  wasSilent = false;
  if (news.length > 0) said.textContent = news.slice(0, 4).join('. ');
  tell('live', word.dataset.live);
}

function fallSilent(piece) {
  takeCodesAway(piece);
  piece.dataset.old = '';
  const sentence = word.dataset.silent.replace('{time}', lanesTime());
  if (!wasSilent) said.textContent = sentence;
  wasSilent = true;
  tell('silent', sentence);
}

function end(piece) {
  isOver = true;
  for (const one of document.querySelectorAll('[data-piece]')) {
    takeCodesAway(one);
    one.dataset.old = '';
  }
  const sentence = word.dataset.ended.replace('{time}', piece.dataset.at);
  said.textContent = sentence;
  tell('ended', sentence);
  login.hidden = false;
}

/** When the newest of all pieces was true. */
function lanesTime() {
  return [...document.querySelectorAll('[data-piece]')]
    .map((piece) => piece.dataset.at)
    .sort()
    .at(-1);
}

function tell(is, sentence) {
  word.dataset.is = is;
  if (word.textContent !== sentence) word.textContent = sentence;
}

/** What could be paid by mistake does not stay in sight when nobody knows whether it still may be. */
function takeCodesAway(piece) {
  for (const picture of piece.querySelectorAll('img.code')) picture.remove();
}

function sayings(piece) {
  const all = [piece, ...piece.querySelectorAll('[data-said]')].filter((one) => one.dataset.said !== undefined);
  return new Map(all.map((one) => [one.dataset.key, one.dataset.said]));
}

/** Changes `old` into `fresh` and leaves alone what is the same, so that focus, selection and pictures stay. */
function become(old, fresh) {
  if (old.isEqualNode(fresh)) return;
  if (old.nodeType !== Node.ELEMENT_NODE) {
    old.nodeValue = fresh.nodeValue;
    return;
  }
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name)) old.removeAttribute(name);
  for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  const isLike = (one, other) => one.nodeName === other.nodeName && one.dataset?.key === other.dataset?.key;
  let next = old.firstChild;
  for (const child of [...fresh.childNodes]) {
    const isKeyed = (one) => one.dataset?.key !== undefined;
    let like = next;
    // What has no key of its own is looked for up to the next thing that has one.
    while (like !== null && !isLike(like, child)) like = !isKeyed(child) && isKeyed(like) ? null : like.nextSibling;
    if (like === null) {
      old.insertBefore(child, next);
      continue;
    }
    // What stood before it is gone; it never moves itself, for what moves loses the focus.
    while (next !== like) {
      const gone = next;
      next = next.nextSibling;
      gone.remove();
    }
    become(like, child);
    next = like.nextSibling;
  }
  while (next !== null) {
    const gone = next;
    next = next.nextSibling;
    gone.remove();
  }
}
