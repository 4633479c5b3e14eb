// Keeps a page fresh and posts its forms without leaving it. All of it works without this script too.

const EVERY_MS = document.querySelector('[data-hurried]') ? 1_000 : 5_000;
const PATIENCE_MS = 15_000;
const FOLLOW_AFTER_MS = 1_000;
const FOLLOW_AGAIN_MS = 60_000;
const messages = document.getElementById('messages');
const freshness = document.getElementById('freshness');
/** The number of the last question: an answer to one before is not looked at, it may come later. */
let question = 0;
let isAsking = false;
/** What sends the page as it changes; null while there is none. */
let following = null;
let heardAt = 0;
let followsFrom = Date.now() + FOLLOW_AFTER_MS;
/** When what is shown was read; what was sent and is not shown yet, as a field is filled in. */
let shownAt = readAt(document);
let unshown = null;

setInterval(() => {
  if (document.hidden) return;
  follow();
  if (isFollowed() || isAsking || isFilledIn(document.activeElement)) return;
  refresh();
}, EVERY_MS);
setTimeout(follow, FOLLOW_AFTER_MS);

document.addEventListener('visibilitychange', () => {
  if (document.hidden) return unfollow();
  refresh();
  follow();
});

document.addEventListener('focusout', () => setTimeout(showUnshown));

document.addEventListener('submit', (event) => {
  const form = event.target;
  if (!form.matches('form[data-action]')) return;
  event.preventDefault();
  const { confirm: wording } = form.dataset;
  if (wording === undefined || confirm(wording)) perform(form);
});

function isFilledIn(element) {
  return element?.matches('input, select, textarea, [contenteditable]') ?? false;
}

/** Has the page sent as it changes, instead of asking for it. Only while it is seen: browsers open few of these. */
function follow() {
  if (following || document.hidden || Date.now() < followsFrom || !('EventSource' in globalThis)) return;
  if (document.querySelector('[data-refresh]') === null) return;
  const source = new EventSource(location.href);
  following = source;
  source.addEventListener('message', ({ data }) => {
    heardAt = Date.now();
    const { at, html } = JSON.parse(data);
    // What was read before a button was pressed would show what was before.
    if (at < shownAt) return;
    shownAt = at;
    const fresh = new DOMParser().parseFromString(html, 'text/html');
    if (fresh.querySelector('[data-refresh]')) unshown = fresh;
    if (unshown === null) show(fresh);
    else showUnshown();
  });
  source.addEventListener('stale', ({ data }) => {
    heardAt = Date.now();
    markStale(JSON.parse(data).reason);
  });
  source.addEventListener('error', () => {
    // While it connects anew by itself there is nothing to do.
    if (source.readyState !== EventSource.CLOSED || following !== source) return;
    unfollow();
    followsFrom = Date.now() + FOLLOW_AGAIN_MS;
  });
}

function unfollow() {
  following?.close();
  following = null;
  heardAt = 0;
}

function isFollowed() {
  return following !== null && Date.now() - heardAt < PATIENCE_MS;
}

function showUnshown() {
  if (unshown === null || isFilledIn(document.activeElement)) return;
  const fresh = unshown;
  unshown = null;
  show(fresh);
}

/** Fetches the page it is on, and puts what changed into its regions; says so when it cannot. */
async function refresh() {
  if (document.querySelector('[data-refresh]') === null) return;
  const mine = ++question;
  isAsking = true;
  try {
    const fresh = await fetchPage();
    if (mine !== question || isFilledIn(document.activeElement)) return;
    shownAt = Math.max(shownAt, readAt(fresh));
    unshown = null;
    show(fresh);
  } catch (error) {
    if (mine === question) markStale(error.message);
  } finally {
    if (mine === question) isAsking = false;
  }
}

/** Puts what changed into the regions of the page. */
function show(fresh) {
  showTimes(fresh);
  keepingFocus(() => {
    for (const region of document.querySelectorAll('[data-refresh]')) {
      const next = fresh.getElementById(region.id);
      if (next) morph(region, next);
    }
    morph(freshness, fresh.getElementById('freshness'));
  });
}

function readAt(page) {
  return Date.parse(page.querySelector('#freshness time')?.dateTime ?? '') || 0;
}

async function fetchPage() {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const answer = await fetch(location.href, { headers: { Accept: 'text/html' }, signal });
  if (!answer.ok) throw new Error(`the monitor answered ${answer.status}`);
  return new DOMParser().parseFromString(await answer.text(), 'text/html');
}

/** Posts a form and shows what came of it; another press while it is under way does nothing. */
async function perform(form) {
  const button = form.querySelector('button');
  if (button.getAttribute('aria-busy') === 'true') return;
  button.setAttribute('aria-busy', 'true');
  try {
    const answer = await fetch(form.action, {
      method: 'POST',
      headers: { 'X-Requested-With': 'XMLHttpRequest' },
      body: new URLSearchParams(new FormData(form)),
    });
    const { message, detail } = await answer.json().catch(() => ({}));
    say(message ?? detail ?? `the monitor answered ${answer.status}`, answer.ok);
    if (answer.ok && form.dataset.leadsTo) return location.assign(form.dataset.leadsTo);
  } catch {
    say('The monitor cannot be reached. It was done or not: look before you try again.', false);
  }
  button.removeAttribute('aria-busy');
  await refresh();
}

function say(text, isGood) {
  messages.textContent = text;
  messages.classList.toggle('failed', !isGood);
}

/** The page stays as it was; with the next answer this becomes again what the server wrote. */
function markStale(reason) {
  if (freshness.className === 'stale') return;
  freshness.className = 'stale';
  freshness.setAttribute('role', 'alert');
  freshness.append(` (stale: ${reason})`);
}

/** A node that is moved loses the focus, though it stays on the page. */
function keepingFocus(change) {
  const focused = document.activeElement;
  change();
  if (focused?.isConnected && focused !== document.activeElement) focused.focus({ preventScroll: true });
}

/** Makes a node like another by as few changes as there are, so that focus, selection and scroll positions stay. */
function morph(node, like) {
  if (node.nodeType === Node.TEXT_NODE) {
    if (node.data !== like.data) node.data = like.data;
    return;
  }
  morphAttributes(node, like);
  let at = node.firstChild;
  for (const child of [...like.childNodes]) {
    const match = findMatch(at, child);
    if (match === null) {
      node.insertBefore(document.importNode(child, true), at);
      continue;
    }
    // What lies between is gone, or comes later and is found then.
    if (match === at) at = at.nextSibling;
    else node.insertBefore(match, at);
    morph(match, child);
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

/** Whether a `details` is open is the reader's to say. */
function morphAttributes(node, like) {
  const isOwn = (name) => name === 'open' && node.localName === 'details';
  for (const { name, value } of [...like.attributes]) {
    if (!isOwn(name) && node.getAttribute(name) !== value) node.setAttribute(name, value);
  }
  for (const { name } of [...node.attributes]) {
    if (!isOwn(name) && !like.hasAttribute(name)) node.removeAttribute(name);
  }
}

/** Finds among a node and those after it the one that stands for another: by its id, or else the next of its kind. */
function findMatch(from, like) {
  for (let node = from; node; node = node.nextSibling) {
    if (node.nodeName === like.nodeName && (node.id ?? '') === (like.id ?? '')) return node;
  }
  return null;
}
