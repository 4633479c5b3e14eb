// Keeps a page fresh and posts its forms without leaving it. All of it works without this script too.

const EVERY_MS = document.querySelector('[data-hurried]') ? 1_000 : 5_000;
const PATIENCE_MS = 15_000;
const messages = document.getElementById('messages');
const freshness = document.getElementById('freshness');
/** The number of the last question: an answer to one before is not looked at, it may come later. */
let question = 0;
let isAsking = false;

setInterval(() => {
  if (!document.hidden && !isAsking && !isFilledIn(document.activeElement)) refresh();
}, EVERY_MS);

document.addEventListener('visibilitychange', () => {
  if (!document.hidden) refresh();
});

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

/** Fetches the page it is on, and puts what changed into its regions; says so when it cannot. */
async function refresh() {
  const regions = document.querySelectorAll('[data-refresh]');
  if (regions.length === 0) return;
  const mine = ++question;
  isAsking = true;
  try {
    const fresh = await fetchPage();
    if (mine !== question || isFilledIn(document.activeElement)) return;
    keepingFocus(() => {
      for (const region of regions) {
        const next = fresh.getElementById(region.id);
        if (next) morph(region, next);
      }
      morph(freshness, fresh.getElementById('freshness'));
    });
  } catch (error) {
    if (mine === question) markStale(error);
  } finally {
    if (mine === question) isAsking = false;
  }
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
function markStale(error) {
  if (freshness.className === 'stale') return;
  freshness.className = 'stale';
  freshness.setAttribute('role', 'alert');
  freshness.append(` (stale: ${error.message})`);
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
