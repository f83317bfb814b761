// What the page can do: all of it through the admin API, as curl could.
import { h, $, fill } from './dom.js';

export async function api(method, path, body, type) {
  const request = { method, headers: {} };
  if (method !== 'GET') request.headers['X-Ecsguard'] = '1';
  if (body !== undefined) {
    request.headers['Content-Type'] = type || 'application/json';
    request.body = type ? body : JSON.stringify(body);
  }
  let answer, text;
  try {
    answer = await fetch(path, request);
    text = await answer.text();
  } catch {
    say('The console does not answer. Is the local cloud still running?', true);
    return undefined;
  }
  let result = {};
  try { result = JSON.parse(text); } catch { /* the state is YAML */ }
  if (answer.ok) return result;
  const problem = result.error || { code: String(answer.status), message: text };
  say(`${problem.code}: ${problem.message}`, true, problem);
  return undefined;
}

export function say(words, bad, problem) {
  for (const place of document.querySelectorAll('.said')) { // one of them is in view
    place.textContent = words;
    place.classList.toggle('bad', !!bad);
  }
  $('said').problem = problem;
}

export async function startActions() {
  const list = await api('GET', '/api/mistakes');
  if (list) fill($('mistakes'), list.items.map((m) => chip(m.title, m.what, `mistake-${m.name}`, async () => {
    say(`${m.title} …`);
    const result = await api('POST', `/api/mistakes/${m.name}`);
    if (result) say(`Done: ${result.calls[result.calls.length - 1].split(' ').slice(1, 3).join(' ')}. Now ecsguard.`);
  })));

  $('fault-form').addEventListener('submit', async (e) => {
    e.preventDefault();
    const f = e.target.elements;
    const fault = { action: f.action.value };
    if (Number(f.percent.value) < 100) fault.percent = Number(f.percent.value);
    if (Number(f.times.value) > 0) fault.times = Number(f.times.value);
    if (f.kind.value === 'code') fault.code = f.value.value;
    if (f.kind.value === 'delay') fault.delay = f.value.value;
    if (f.kind.value === 'reset') fault.reset = true;
    if (f.kind.value === 'lose') fault.loseResponse = true;
    if (await api('POST', '/api/faults', fault)) say('The fault is there.');
  });
  $('fault-form').elements.kind.addEventListener('change', (e) => {
    const value = $('fault-form').elements.value;
    value.disabled = ['reset', 'lose'].includes(e.target.value);
    if (e.target.value === 'delay') value.value = '500ms';
    if (e.target.value === 'code') value.value = 'Throttling.User';
  });

  $('state-form').addEventListener('submit', async (e) => {
    e.preventDefault();
    const [file] = e.target.elements.file.files;
    if (!file) return;
    const result = await api('PUT', '/api/state', await file.text(), 'application/yaml');
    const problem = !result && $('said').problem;
    $('state-error').hidden = !problem;
    $('state-error').textContent = problem ? `${file.name}${problem.line ? `, line ${problem.line}` : ''}: ${problem.message}` : '';
    if (result) say(`${file.name} is the account now. ${result.note}.`);
  });

  $('sweep-form').addEventListener('submit', async (e) => {
    e.preventDefault();
    const name = e.target.elements.timer.value;
    if (await api('POST', `/api/timers/${encodeURIComponent(name)}`)) say(`The timer ${name} has fired.`);
  });
  const timers = await api('GET', '/api/timers');
  if (timers) fill($('sweeps'), timers.items.map((name) => h('option', { value: name }, name)));
}

// chip is a button with its explanation for whoever points at it or hears it.
function chip(title, what, id, act) {
  const button = choice(title, what, id, act);
  button.className = 'chip';
  button.title = what;
  button.querySelector('span').className = 'hide';
  return button;
}

function choice(title, what, id, act) {
  const button = h('button', { type: 'button', class: 'choice', id, click: async () => {
    button.setAttribute('aria-busy', 'true');
    try { await act(); } finally { button.removeAttribute('aria-busy'); }
  } }, h('b', {}, title), ' ', h('span', {}, what));
  return button;
}

let presets = '';

export function showFaults(view) {
  const active = view.faults.map((f) => h('li', {},
    h('span', {}, h('b', {}, f.name), h('span', { class: 'muted' }, ` ${describe(f)}`)),
    h('span', { class: 'struck' }, `struck ${f.struck}×`),
    h('button', { type: 'button', 'aria-label': `End ${f.name}`, click: () => api('DELETE', `/api/faults/${f.id}`) }, 'end')));
  const bus = view.bus;
  if (bus.duplicate || bus.reorder || bus.delay !== '0s') {
    active.push(h('li', {}, h('span', {}, h('b', {}, 'Event bus'), h('span', { class: 'muted' }, ` ${bus.duplicate}% twice, up to ${bus.delay} late${bus.reorder ? ', out of order' : ''}`)),
      h('span', {}), h('button', { type: 'button', 'aria-label': 'End the faults of the event bus', click: () => api('DELETE', '/api/faults/bus') }, 'end')));
  }
  fill($('active'), active.length > 0 && h('ul', { class: 'active', 'aria-label': 'Active faults' }, active),
    active.length > 1 && h('button', { type: 'button', click: () => api('DELETE', '/api/faults') }, 'End all'));
  $('fault-count').textContent = active.length || '';
  const names = view.presets.map((p) => p.name).join();
  if (names !== presets) {
    presets = names;
    fill($('presets'), view.presets.map((p) => choice(p.title, p.what, `fault-${p.name}`, async () => {
      if (await api('POST', '/api/faults', { preset: p.name })) say(`From now on: ${p.title.toLowerCase()}.`);
    })));
  }
}

function describe(f) {
  const parts = [f.action];
  if (f.percent) parts.push(`${f.percent}%`);
  if (f.delay) parts.push(`+${f.delay}`);
  if (f.jitter) parts.push(`up to +${f.jitter}`);
  if (f.p50) parts.push(`p50 ${f.p50}${f.p99 ? `, p99 ${f.p99}` : ''}`);
  if (f.code) parts.push(`${f.status} ${f.code}`);
  if (f.reset) parts.push('cut before');
  if (f.loseResponse) parts.push('cut after');
  if (f.left) parts.push(`${f.left} left`);
  return parts.join(' · ');
}
