import { h, $, fill, time, took, words } from './dom.js';
import { showResources } from './resources.js';
import { addMessages, forgetMessages, messageRow } from './messages.js';
import { startViews } from './views.js';
import { api, say, startActions, showFaults } from './actions.js';
import { badge, bySeverity, outcomeWord, severityPill, sign } from './words.js';

const incidents = new Map();   // by kind and id
const rows = new Map();        // the row of each
let records = [];

// ---- the stream

function listen() {
  const stream = new EventSource('/api/stream');
  stream.onopen = () => live('on', 'Live');
  stream.onerror = () => live('off', 'The cloud does not answer; trying again');
  stream.onmessage = (e) => take(JSON.parse(e.data));
}

function live(state, words) {
  $('live').className = `live ${state}`;
  if ($('live').textContent !== words) $('live').textContent = words;
}

function take(u) {
  if (u.reset) {
    incidents.clear(); rows.clear(); records = [];
    $('incidents').replaceChildren(); forgetMessages();
  }
  if (u.records) { records.splice(u.from.records, records.length, ...u.records); showRecords(); }
  if (u.messages) addMessages(u.from.messages, u.messages, u.reset);
  if (u.incidents) {
    for (const incident of u.incidents) incidents.set(incident.kind + incident.id, incident);
    showIncidents(u.incidents);
  }
  if (u.resources) showResources(u.resources);
  if (u.faults) showFaults(u.faults);
  if (u.counts) showCounts(u.counts);
}

function showCounts(c) {
  $('account').textContent = `Account ${c.account} · ${c.region}`;
  const entry = (n, what) => h('div', {}, h('dd', {}, n), h('dt', {}, what));
  fill($('counts'), entry(c.events, 'events'), entry(c.calls, 'API calls'), entry(c.invocations, 'invocations'),
    entry(c.records, 'records'), entry(c.messages, 'messages'));
  if (c.refused.length) $('counts').append(h('div', { class: 'bad' }, h('dd', {}, c.refused.length), h('dt', { title: c.refused.join(', ') }, 'hosts refused')));
}

// ---- incidents

// What needs nobody's eye: events that no practice wants, and ecsguard's own calls after
// which all is well.
const quiet = (i) => i.stage === 'unwanted' || (i.own && i.stage === 'done' && i.outcome === 'good');

let most = 12; // rows that are shown before somebody asks for older ones

function showIncidents(changed) {
  const list = $('incidents');
  const all = $('show-all').checked;
  for (const incident of changed) {
    const key = incident.kind + incident.id;
    let row = rows.get(key);
    if (!row) {
      row = newRow(key);
      rows.set(key, row);
      const before = [...list.children].find((other) => other.dataset.time < incident.time);
      row.dataset.time = incident.time;
      row.dataset.key = key;
      list.insertBefore(row, before || null);
    }
    drawRow(row, incident);
  }
  let hidden = 0;
  let shown = 0;
  let older = 0;
  for (const row of list.children) {
    const calm = quiet(incidents.get(row.dataset.key));
    if (calm) hidden++;
    const wanted = all || !calm;
    row.hidden = !wanted || shown >= most;
    if (wanted && shown >= most) older++; else if (wanted) shown++;
  }
  $('hidden-count').textContent = hidden ? `(${hidden} more, nothing to do)` : '';
  $('no-incidents').hidden = shown > 0;
  $('older').hidden = older === 0;
  $('older').textContent = `Show ${older} older`;
}

$('older').addEventListener('click', () => { most = Infinity; showIncidents([]); });

function newRow(key) {
  const body = h('div', { class: 'body' });
  const details = h('details', { toggle: () => { if (details.open) drawBody(body, incidents.get(key)); } }, h('summary', {}), body);
  return h('li', {}, details);
}

function headline(i) {
  let told = i.records.filter((r) => r.kind === 'result' && !r.work);
  if (!told.length) told = i.records.filter((r) => r.kind === 'intent');
  told = told.toSorted(bySeverity);
  if (told.length > 1) {
    return h('span', { class: 'outcomes' }, told.map((r) => h('span', {},
      h('span', { class: `sign ${r.outcome}`, title: outcomeWord(r.outcome || 'looking') }, sign(r.outcome || 'looking')), h('span', {}, r.finding))));
  }
  return h('span', { class: 'headline' }, told.length ? told[0].finding : i.unseen || (i.kind === 'sweep' ? `The sweep ${i.name}` : i.name));
}

function drawRow(row, i) {
  const state = i.outcome && !['looking', 'routing', 'retrying', 'unseen', 'gaveup'].includes(i.stage) ? i.outcome : i.stage;
  row.dataset.state = state;
  const details = row.firstChild;
  const path = [h('span', { class: 'node' }, i.kind === 'sweep' ? 'timer' : i.name), triage(i), ...woken(i)];
  if (path.length === 2 && i.stage === 'looking') path.push(h('span', { class: 'node pending' }, 'practice …'));
  if (i.outcome) path.push(h('span', { class: 'node' }, outcomeWord(i.outcome).toLowerCase()));
  else if (i.stage === 'unwanted') path.push(h('span', { class: 'node' }, i.own ? 'own call' : 'nothing to do'));
  if (i.messages.length) path.push(h('span', { class: 'node' }, 'message'));
  else if (i.stage === 'reporting') path.push(h('span', { class: 'node pending' }, 'message …'));
  fill(details.querySelector('summary'),
    h('span', { class: 'line' },
      badge(state),
      i.severity && severityPill(i.severity, state === 'fixed'),
      h('span', { class: 'when' }, h('time', { datetime: i.time }, time(i.time)))),
    headline(i),
    h('span', { class: 'who' }, [i.actor && `by ${i.actor}`, i.resource && `on ${i.resource}`, i.failed && `refused: ${i.failed}`, i.copies > 1 && `delivered ${i.copies} times`, i.dropped, i.tookMs > 0 && took(i.tookMs)].filter(Boolean).join(' · ')),
    h('span', { class: 'path', 'aria-label': 'Path' }, path));
  if (details.open) drawBody(details.querySelector('.body'), i);
}

// triage is what became of an event before anybody was woken for it.
function triage(i) {
  if (i.kind === 'sweep') return h('span', { class: 'node' }, `triage: ${count(i.looked || 0, 'resource')} judged`);
  if (!i.rules.length) return h('span', { class: 'node' }, i.dropped ? 'dropped' : 'no rule');
  if (!i.steps.some((s) => s.function === inFront)) return h('span', { class: 'node pending' }, 'triage …');
  return h('span', { class: 'node', title: (i.judges || []).join(', ') }, i.judges ? `triage: judged by ${count(i.judges.length, 'practice')}` : 'triage');
}

// woken are the practices whose functions triage has started, with those that each speaks for.
function woken(i) {
  const names = [...new Set(i.steps.map((s) => s.function).filter((f) => f !== inFront && f !== 'ecsguard-notify'))];
  return names.map((name) => {
    const others = [...new Set(i.steps.filter((s) => s.function === name).flatMap((s) => s.for || []))];
    return h('span', { class: 'node', title: others.join(', ') }, others.length > 1 ? `woke ${name} for itself and ${others.length} more` : others.length ? `woke ${name}, also for ${others[0]}` : `woke ${name}`);
  });
}

const inFront = 'ecsguard-triage';

function count(n, what) { return `${n} ${what}${n === 1 ? '' : 's'}`; }

function drawBody(body, i) {
  const open = document.activeElement && body.contains(document.activeElement) ? document.activeElement.dataset.keep : '';
  const told = i.messages.map(messageRow).filter(Boolean);
  fill(body,
    told.length > 0 && h('section', {}, h('h3', {}, 'Message'), h('ol', { class: 'inbox boxed' }, told)),
    i.records.some((r) => !r.work) && h('section', {}, h('h3', {}, 'Audit records'), i.records.filter((r) => !r.work).map(recordView)),
    i.steps.length > 0 && h('section', {}, h('h3', {}, 'Functions and their calls'), i.steps.map(stepView)),
    i.records.some((r) => r.work) && h('section', {}, h('h3', {}, 'Notes on the work itself'), i.records.filter((r) => r.work).map(noteView)),
    i.kind === 'event' && h('p', { class: 'buttons' },
      h('button', { type: 'button', 'data-keep': 'again', click: () => again(i) }, 'Deliver it again'),
      h('button', { type: 'button', 'data-keep': 'raw', click: (e) => raw(i, e.target) }, 'Show the event')));
  if (open) [...body.querySelectorAll('[data-keep]')].find((e) => e.dataset.keep === open)?.focus();
}

const opened = new Set(); // steps whose calls somebody looks at

function stepView(s) {
  const key = `${s.request} ${s.attempt}`;
  const details = h('details', { class: 'step', open: opened.has(key), toggle: () => opened[details.open ? 'add' : 'delete'](key) },
    h('summary', { 'data-keep': key }, h('b', {}, s.function), ' ', h('span', { class: s.error ? 'refused' : 'muted' },
      [s.error && 'failed', took(s.tookMs), s.calls.length > 0 && count(s.calls.length, 'call'), s.attempt > 0 && `attempt ${s.attempt + 1}`].filter(Boolean).join(' · '))),
    h('p', { class: 'muted' }, `${time(s.start, true)} · ${s.cold ? 'cold start' : 'warm'} · by ${s.trigger}`),
    s.targets && h('p', { class: 'muted' }, `Was given ${s.targets.join(', ')}${s.for ? `, and speaks for ${s.for.join(', ')}` : ''}`),
    s.calls.length > 0 && h('ul', { class: 'calls' }, s.calls.map((c) => h('li', { class: c.code ? 'refused' : c.write ? 'write' : '' },
      h('span', { class: 'muted' }, time(c.time, true)), h('span', { class: 'verb' }, callKind(c)), h('code', {}, c.action),
      h('span', { class: 'muted' }, c.code ? `${c.status} ${c.code}` : took(c.tookMs))))),
    s.error ? h('p', { class: 'problem' }, `${s.error} ${s.result || ''}`) : s.result && h('pre', { tabindex: '0' }, s.result));
  return details;
}

function callKind(c) {
  if (c.action === 'log:PostLogStoreLogs') return 'audit';
  if (c.action === 'fc:InvokeFunction') return 'invoke';
  return c.write ? 'CHANGE' : 'read';
}

export function recordView(r) {
  return h('div', { class: 'record' },
    h('p', {}, r.kind === 'result' ? badge(r.outcome) : h('span', { class: 'badge intent' }, 'intent'), ' ', h('b', {}, r.practice), ' ',
      h('span', { class: 'muted' }, `${time(r.time, true)} · ${r.resource}`)),
    h('p', {}, r.finding),
    r.reason && h('p', { class: 'muted' }, r.reason),
    r.error && h('p', { class: 'problem' }, r.error),
    (r.calls || []).map((line, n) => h('div', {}, r.why && r.why[n] && h('p', { class: 'muted' }, r.why[n]), h('pre', { tabindex: '0' }, words(line)))),
    r.kind === 'result' && r.undo && h('div', {}, h('p', { class: 'muted' }, 'Takes it back:'), r.undo.map((line) => h('pre', { tabindex: '0' }, words(line)))));
}

function noteView(r) {
  return h('p', {}, h('span', { class: 'muted' }, `${time(r.time, true)} · ${r.practice} · ${r.resource}: `), r.finding, r.reason && r.reason !== r.finding && ` (${r.reason})`);
}

async function again(i) {
  const result = await api('POST', `/api/redeliver/${encodeURIComponent(i.id)}`);
  if (result) say(`Delivered ${i.name} again. Nothing more should come of it.`);
}

async function raw(i, button) {
  const result = await api('GET', '/api/events');
  const found = result && result.items.findLast((e) => e.id === i.id);
  if (found) button.parentElement.replaceWith(h('pre', { tabindex: '0', class: 'raw' }, JSON.stringify(found.event, null, 2)));
}

// ---- the audit records

const unfolded = new Set();

function showRecords() {
  const form = $('filter');
  options(form.elements.outcome, [...new Set(records.map((r) => r.outcome).filter(Boolean))].sort());
  options(form.elements.practice, [...new Set(records.map((r) => r.practice).filter(Boolean))].sort());
  const want = { text: form.elements.text.value.toLowerCase(), kind: form.elements.kind.value, outcome: form.elements.outcome.value, practice: form.elements.practice.value };
  const sorted = records.map((r, n) => [r, n]).sort((a, b) => (a[0].time < b[0].time ? 1 : -1));
  const shown = sorted.filter(([r]) => (!want.kind || r.kind === want.kind) && (!want.outcome || r.outcome === want.outcome) &&
    (!want.practice || r.practice === want.practice) && (!want.text || JSON.stringify(r.fields).toLowerCase().includes(want.text)));
  const most = 200;
  fill($('records').tBodies[0], shown.slice(0, most).map(([r, n]) => recordRows(r, n)));
  $('record-count').textContent = shown.length === records.length ? `${records.length} ${records.length === 1 ? 'record' : 'records'}` : `${shown.length} of ${records.length}`;
  if (shown.length > most) $('record-count').textContent += `, the newest ${most} shown`;
  $('no-records').hidden = shown.length > 0;
  $('no-records').textContent = records.length ? 'No record is like that.' : 'No record yet.';
}

function recordRows(r, n) {
  const cell = (label, ...what) => h('td', { role: 'cell', 'data-label': label }, h('span', {}, what));
  const more = h('tr', { role: 'row', class: 'more', hidden: !unfolded.has(n) }, h('td', { role: 'cell', colspan: '8' },
    h('dl', {}, Object.entries(r.fields).sort().map(([k, v]) => [h('dt', {}, k), h('dd', {}, v)]))));
  const button = h('button', {
    type: 'button', class: 'fold', 'aria-expanded': String(unfolded.has(n)), 'aria-label': `All fields of record ${r.id}`,
    click: () => {
      unfolded[unfolded.has(n) ? 'delete' : 'add'](n);
      more.hidden = !unfolded.has(n);
      button.setAttribute('aria-expanded', String(unfolded.has(n)));
    },
  }, 'fields');
  return [h('tr', { role: 'row' }, cell('Time', time(r.time, true)), cell('Kind', r.kind),
    cell('Outcome', r.outcome ? badge(r.outcome) : '–'), cell('Finding', r.finding || r.error),
    cell('Resource', h('span', { class: 'id' }, r.resource), r.name && r.name !== r.resource && h('span', { class: 'muted' }, ` ${r.name}`)),
    cell('Practice', r.practice), cell('Who', r.actor || 'sweep'), cell('', button)), more];
}

function options(select, values) {
  const have = [...select.options].slice(1).map((o) => o.value);
  if (have.join('\n') === values.join('\n')) return;
  const chosen = select.value;
  fill(select, h('option', { value: '' }, 'all'), values.map((v) => h('option', { value: v }, v)));
  select.value = values.includes(chosen) ? chosen : '';
}

$('filter').addEventListener('input', showRecords);
$('filter').addEventListener('submit', (e) => e.preventDefault());
$('show-all').addEventListener('change', () => showIncidents([]));
startActions();
startViews();
listen();
