import { h } from './dom.js';

// What each outcome is called, with a sign, so that no colour has to be told apart.
const outcomes = {
  fixed: ['Fixed', '✓'], awaiting: ['Needs a person', '!'], failed: ['Failed', '✕'], partly: ['Partly fixed', '!'],
  observed: ['Only observed', '◦'], exempt: ['Exempt', '◦'], undone: ['Undone', '↺'], good: ['Nothing wrong', '✓'], ignored: ['Known already', '◦'], deferred: ['Left to another', '◦'],
  routing: ['On its way', '…'], looking: ['Looking', '…'], retrying: ['Trying again', '↻'], unseen: ['Not seen yet', '…'], gaveup: ['Given up', '✕'], reporting: ['Reporting', '…'], unwanted: ['Nothing to do', '◦'], done: ['Done', '✓'],
};

export function outcomeWord(o) { return (outcomes[o] || [o])[0]; }

export function sign(o) { return (outcomes[o] || [o, '•'])[1]; }

export function badge(o) {
  const [word, sign] = outcomes[o] || [o, '•'];
  return h('span', { class: `badge ${outcomes[o] ? o : ''}` }, h('span', { 'aria-hidden': 'true' }, sign), ' ', word);
}

// Severities, worst first. One that nobody knows comes last, and is not hidden.
const severities = ['critical', 'high', 'medium', 'low'];

function rank(severity) { return (severities.indexOf(severity) + 1 || severities.length + 1); }

export function bySeverity(a, b) { return rank(a.severity) - rank(b.severity); }

// severityPill is not shown as loud for what is put right already as for what is not.
export function severityPill(severity, settled) {
  return h('span', { class: `pill ${severities.includes(severity) ? severity : ''} ${settled ? 'settled' : ''}` }, severity || 'unknown');
}

// countsBySeverity says how many there are of each: "2 critical, 1 low".
export function countsBySeverity(list) {
  const of = new Map();
  for (const f of list.toSorted(bySeverity)) of.set(f.severity, (of.get(f.severity) || 0) + 1);
  return [...of].map(([severity, n]) => `${n} ${severity || 'unknown'}`).join(', ');
}
