// The only way this page makes elements. Strings become text nodes: what comes from
// the cloud can be shown, and can do nothing.

export function h(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === undefined || value === null || value === false) continue;
    if (typeof value === 'function') element.addEventListener(name, value);
    else if (name === 'href') { if (safe(value)) element.setAttribute('href', value); }
    else element.setAttribute(name, value === true ? '' : String(value));
  }
  add(element, children);
  return element;
}

function add(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child === undefined || child === null || child === false) continue;
    element.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

// Links lead to https or to this page. Anything else, such as javascript:, leads nowhere.
export function safe(url) {
  return /^https:\/\/[^\s]+$/i.test(url) || /^[#/](?!\/)/.test(url);
}

// words keeps each word of a command in one line where it fits, though it has hyphens in
// it. What is copied is the same text.
export function words(text) {
  return text.split(/(\s+)/).map((word) => (word.includes('-') ? h('span', { class: 'word' }, word) : word));
}

export function fill(element, ...children) {
  element.replaceChildren();
  add(element, children);
  return element;
}

export const $ = (id) => document.getElementById(id);

export function time(text, exact) {
  const t = new Date(text);
  const two = (n, width = 2) => String(n).padStart(width, '0');
  return `${two(t.getHours())}:${two(t.getMinutes())}:${two(t.getSeconds())}` + (exact ? `.${two(t.getMilliseconds(), 3)}` : '');
}

export function took(ms) {
  if (ms < 1) return '<1 ms';
  if (ms < 1000) return `${ms} ms`;
  return `${(ms / 1000).toFixed(ms < 10000 ? 1 : 0)} s`;
}
