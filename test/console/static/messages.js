// What people are told: a list of titles, as a phone's lock screen shows them, and a
// reader that opens a message at its first line.
import { h, $, fill, time } from './dom.js';
import { markdown } from './markdown.js';
import { severityPill } from './words.js';

const messages = [];
const newest = 8; // in the view of what is going on
let open = -1;    // which one is read

// messageRow is a message of an incident, as a link to the reader.
export function messageRow(n) { return messages[n] && row(n); }

export function forgetMessages() {
  messages.length = 0;
  show();
}

export function addMessages(from, more, old) {
  const before = messages.length;
  more.forEach((m, n) => { messages[from + n] ||= m; });
  if (messages.length === before) return;
  if (!old) $('news').textContent = `New message: ${messages.at(-1).title || messages.at(-1).text}`;
  show();
  if (open >= before) draw();
}

function show() {
  const all = [...messages.keys()].reverse();
  fill($('messages'), all.map(row));
  fill($('told'), all.slice(0, newest).map(row));
  for (const none of document.querySelectorAll('.no-messages')) none.hidden = messages.length > 0;
  $('all-messages').hidden = messages.length <= newest;
  $('message-count').textContent = messages.length || '';
  if (messages.length && open >= 0) beside();
}

// parts are a title's severity, if it says one, how it ended, and the rest.
function parts(m) {
  const title = m.title || m.text.split('\n').find((line) => line.trim()) || 'A message without a title';
  const [, severity, words] = /^\[(critical|high|medium|low)\] (.*)$/s.exec(title) || [null, '', title];
  const [, ended, rest] = /^([^:;]{3,40}: )(.*)$/s.exec(words) || [null, '', words];
  return { severity, words, ended, rest, settled: /^(Fixed|(\d+) findings, \2 fixed)$/.test(ended.slice(0, -2)) };
}

function pill({ severity, settled }) { return severity && severityPill(severity, settled); }

function row(n) {
  const m = messages[n];
  const title = parts(m);
  return h('li', {}, h('a', { href: `#message-${n}`, 'aria-current': n === open ? 'true' : false },
    h('span', { class: 'line' }, pill(title), h('time', { class: 'when', datetime: m.time }, time(m.time))),
    h('span', { class: 'title' }, title.ended && h('b', {}, title.ended), title.rest)));
}

// read opens a message. It is drawn anew, so that it begins at its first line whatever
// was read before.
export function read(n) {
  open = n;
  $('view-messages').classList.toggle('reading', n >= 0);
  $('reader').hidden = n < 0;
  show();
  if (n >= 0) draw();
}

function draw() {
  const m = messages[open];
  if (!m) {
    $('reader-title').textContent = messages.length ? 'There is no such message' : 'Waiting for the message …';
    fill($('reader-body'));
    return;
  }
  const title = parts(m);
  $('reader-title').textContent = title.words;
  fill($('reader-meta'), pill(title), ' ', h('span', { class: 'muted' }, `message ${open + 1} of ${messages.length}`));
  $('reader-time').textContent = time(m.time);
  $('reader-time').setAttribute('datetime', m.time);
  fill($('reader-body'), m.type === 'text' ? h('p', { class: 'text' }, m.text) : markdown(m.text));
  beside();
}

function beside() {
  fill($('beside'),
    messages[open + 1] && h('a', { class: 'button', href: `#message-${open + 1}` }, '‹ Newer'),
    messages[open - 1] && h('a', { class: 'button', href: `#message-${open - 1}` }, 'Older ›'));
}
