// Shows times in the zone of the reader, unless they want UTC. Without this script they are in UTC.

const zoneSwitch = document.getElementById('utc');
const zoneFormat = new Intl.DateTimeFormat('en-GB', {
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
  timeZoneName: 'short',
});
const zoneName = zoneFormat.resolvedOptions().timeZone;
const isAtUtc = /^(UTC|GMT|Etc\/(UTC|GMT|UCT|Zulu|Universal|Greenwich)|Zulu)$/i.test(zoneName);
const KEPT = 'apiary-utc';

/** Shows all times below a node in the zone of the reader, or all in UTC. */
function showTimes(root) {
  if (isAtUtc) return;
  for (const time of root.querySelectorAll('time[datetime]')) showTime(time);
}

/** One with a title of the server's shows its distance; the time itself is in the title. */
function showTime(time) {
  const at = new Date(time.dateTime);
  if (Number.isNaN(at.getTime())) return;
  time.dataset.is ??= time.title === '' ? 'moment' : 'distance';
  const utc = utcText(at);
  const local = localText(at);
  if (time.dataset.is === 'distance') {
    time.title = wantsUtc() ? utc : `${local} (${utc})`;
  } else {
    time.textContent = wantsUtc() ? utc : local;
    time.title = wantsUtc() ? local : utc;
  }
}

function utcText(at) {
  const iso = at.toISOString();
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;
}

function localText(at) {
  const part = Object.fromEntries(zoneFormat.formatToParts(at).map(({ type, value }) => [type, value]));
  return `${part.year}-${part.month}-${part.day} ${part.hour}:${part.minute}:${part.second} ${part.timeZoneName}`;
}

function wantsUtc() {
  try {
    return localStorage.getItem(KEPT) === '1';
  } catch {
    return false; // It may be forbidden.
  }
}

function keepWish(isUtc) {
  try {
    if (isUtc) localStorage.setItem(KEPT, '1');
    else localStorage.removeItem(KEPT);
    return true;
  } catch {
    return false;
  }
}

if (zoneSwitch && !isAtUtc && keepWish(wantsUtc())) {
  const press = () => zoneSwitch.setAttribute('aria-pressed', String(wantsUtc()));
  zoneSwitch.hidden = false;
  zoneSwitch.title = `Times are those of ${zoneName}, or of UTC`;
  press();
  zoneSwitch.addEventListener('click', () => {
    keepWish(!wantsUtc());
    press();
    showTimes(document);
  });
  // Another tab has switched.
  addEventListener('storage', ({ key }) => {
    if (key !== KEPT) return;
    press();
    showTimes(document);
  });
}
showTimes(document);
