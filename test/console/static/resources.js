// The account as it is now, and what the practices say of it.
import { h, $, fill, words } from './dom.js';
import { bySeverity, countsBySeverity, outcomeWord, severityPill } from './words.js';

export function showResources(view) {
  const state = view.state || {};
  const ecs = state.ecs || {};
  const ram = state.ram || {};
  const findings = (view.findings || []).toSorted(bySeverity);
  showFindings(findings);
  const used = new Set();
  const about = (...ids) => findings.filter((f) => ids.includes(f.resource) && used.add(f));
  const n = findings.length;
  $('verdict').className = `verdict ${view.errors.length ? 'unknown' : n ? 'wrong' : 'right'}`;
  $('verdict').textContent = view.errors.length ? 'Not everything could be looked at' : n === 0 ? 'Nothing is wrong' : countsBySeverity(findings);
  fill($('resource-errors'), view.errors.map((e) => h('p', { class: 'problem' }, e)));

  const wrongFirst = (cards) => cards.sort((a, b) => b.classList.contains('wrong') - a.classList.contains('wrong'));
  const groups = wrongFirst((ecs['security-groups'] || []).map((g) => groupCard(g, about(g.id))));
  const instances = wrongFirst((ecs.instances || []).map((i) => card(i.name || i.id, i.id, about(i.id), facts([
    ['status', i.status || 'Running'], ['metadata', i['http-endpoint'] === 'disabled' ? 'off' : i['http-tokens'] === 'required' ? 'token required' : 'answers without a token'],
    ['groups', (i['security-groups'] || []).join(', ')], ['public address', i['public-ip']]]))));
  const disks = wrongFirst((ecs.disks || []).map((d) => card(d.name || d.id, d.id, about(d.id), facts([
    ['encrypted', d.encrypted ? 'yes' : 'no'], ['type', `${d.type || 'data'}, ${d.size || 40} GB`], ['instance', d.instance]]))));
  const trails = ((state.actiontrail || {}).trails || []).map((t) => card(t.name, 'trail', about(t.name), facts([
    ['logging', t.logging ? 'yes' : 'no'], ['events', t.events], ['regions', t.region], ['to', t['sls-project-arn'] || t['oss-bucket']]])));
  const rest = findings.filter((f) => !used.has(f));
  const account = card('Account', 'and its defaults', rest, facts([
    ['root AccessKeys', ram['root-access-keys'] || 0], ['root MFA', ram['root-mfa'] === false ? 'off' : 'on'],
    ['new disks encrypted by default', ecs['disk-encryption-by-default'] ? 'yes' : 'no'],
    ['users', (ram.users || []).map((u) => u.name).join(', ')]]));

  const known = { 'security-groups': 1, instances: 1, disks: 1, 'disk-encryption-by-default': 1 };
  const other = { ...state };
  delete other.ram; delete other.actiontrail;
  other.ecs = Object.fromEntries(Object.entries(ecs).filter(([k]) => !known[k]));
  if (!Object.keys(other.ecs).length) delete other.ecs;

  fill($('resources'),
    section('Security groups', groups), section('Instances', instances), section('Disks', disks), section('Trails', trails), section('Account', [account]),
    Object.keys(other).length > 0 && h('details', { class: 'other' }, h('summary', {}, 'Everything else in the state'), h('pre', { tabindex: '0' }, JSON.stringify(other, null, 2))));
}

function section(title, cards) {
  if (!cards.length) return null;
  return h('section', { class: title === 'Security groups' ? 'kind whole' : 'kind' }, h('h3', {}, title, ' ', h('span', { class: 'count' }, cards.length)), h('div', { class: title === 'Security groups' ? 'cards wide' : 'cards' }, cards));
}

function facts(pairs) {
  return h('dl', { class: 'facts' }, pairs.filter(([, v]) => v !== undefined && v !== '').map(([k, v]) => h('div', {}, h('dt', {}, k), h('dd', {}, v))));
}

function card(name, id, findings, ...body) {
  return h('article', { class: findings.length ? 'card wrong' : 'card' },
    h('h4', {}, h('span', { class: 'name' }, name), ' ', name !== id && h('span', { class: 'id' }, id)), body, findings.map(mark));
}

// mark says in a card that something is wrong; the list of findings explains it.
function mark(f) {
  return h('p', { class: 'marked' }, severityPill(f.severity), ' ', f.title);
}

// ---- what is wrong, worst first

const unfolded = new Set(); // findings that somebody has opened
const first = 8;            // rows that are shown before somebody asks for the rest
let whole = false;
let last = [];

function showFindings(findings) {
  last = findings;
  const list = $('findings');
  const had = document.activeElement && list.contains(document.activeElement) ? document.activeElement.dataset.key : '';
  fill(list, findings.slice(0, whole ? undefined : first).map(findingRow),
    !whole && findings.length > first && h('li', { class: 'rest' }, h('button', { type: 'button', 'data-key': 'rest', click: () => { whole = true; showFindings(last); } },
      `Show ${findings.length - first} more: ${countsBySeverity(findings.slice(first))}`)));
  if (had) [...list.querySelectorAll('[data-key]')].find((e) => e.dataset.key === had)?.focus();
}

function findingRow(f) {
  const key = [f.practice, f.resource, f.title].join(' ');
  const details = h('details', { open: unfolded.has(key), toggle: () => unfolded[details.open ? 'add' : 'delete'](key) },
    h('summary', { 'data-key': key }, severityPill(f.severity),
      h('span', { class: 'what' }, h('b', {}, f.title),
        h('span', { class: 'who' }, [f.name && f.name !== f.resource && f.name, f.resource, f.practice].filter(Boolean).join(' · ')))),
    h('div', { class: 'body' },
      h('p', {}, `${sentence(will(f.will))}.`),
      f.wants && h('p', { class: 'muted' }, `Asked for: ${f.wants}.`),
      f.plan.map((p) => h('div', {}, h('p', { class: 'muted' }, p.why), h('pre', { tabindex: '0' }, words(p.command)))),
      f.plan.length === 0 && f.advice && h('p', {}, h('b', {}, 'What to do: '), f.advice)));
  return h('li', { 'data-severity': f.severity }, details);
}

// will says what becomes of it, with an outcome in words: "awaiting: …" needs a person.
function will(text) { return text.replace(/^([a-z]+): /, (_, outcome) => `${outcomeWord(outcome).toLowerCase()}: `); }

function sentence(text) { return text ? text[0].toUpperCase() + text.slice(1) : text; }

function groupCard(g, findings) {
  const wrong = new Set(findings.flatMap((f) => f.rules || []));
  const rules = g.rules || [];
  return card(g.name || g.id, g.id, findings,
    rules.length === 0 ? h('p', { class: 'muted' }, 'No rules: nothing comes in.') : h('table', { class: 'rules', role: 'table', 'aria-label': `Rules of ${g.id}` }, h('thead', { role: 'rowgroup' }, h('tr', { role: 'row' }, ['Rule', 'Traffic', 'From or to', 'Description'].map((t) => h('th', { scope: 'col', role: 'columnheader' }, t)))),
        h('tbody', { role: 'rowgroup' }, rules.map((r) => h('tr', { role: 'row', class: wrong.has(r.id) ? 'wrong' : '' },
          h('td', { role: 'cell' }, wrong.has(r.id) && h('span', { class: 'mark', title: 'part of what is wrong' }, '✕ '),
            `${(r.direction || 'ingress') === 'ingress' ? 'in' : 'out'}, ${r.policy || 'accept'}${r.priority ? ` (${r.priority})` : ''}`),
          h('td', { role: 'cell' }, `${r.protocol} ${r.ports || r['port-list'] || ''}`),
          h('td', { role: 'cell' }, r.source || r.dest || r['prefix-list'] || r.group || ''), h('td', { role: 'cell' }, r.description || ''))))));
}
