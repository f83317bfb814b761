// DingTalk's Markdown, as far as its clients show it: headings, paragraphs, lists,
// quotes, code, bold, italics, links. Made of elements and text nodes only. Pictures
// are not loaded; their address is shown.
import { h, safe, words } from './dom.js';

export function markdown(text) {
  const lines = text.replace(/\r\n?/g, '\n').split('\n');
  const out = [];
  for (let i = 0; i < lines.length;) {
    const line = lines[i];
    if (!line.trim()) { i++; continue; }
    if (/^```/.test(line)) {
      const code = [];
      for (i++; i < lines.length && !/^```\s*$/.test(lines[i]); i++) code.push(lines[i]);
      i++;
      out.push(h('pre', { tabindex: '0' }, h('code', {}, words(code.join('\n')))));
      continue;
    }
    const heading = /^(#{1,6})\s+(.*)$/.exec(line);
    if (heading) { out.push(h('p', { class: 'mdh', role: 'heading', 'aria-level': '4' }, inline(heading[2]))); i++; continue; }
    const kind = /^\s*[-*+]\s+/.test(line) ? 'ul' : /^\s*\d+[.)]\s+/.test(line) ? 'ol' : '';
    if (kind) {
      const item = kind === 'ul' ? /^\s*[-*+]\s+(.*)$/ : /^\s*\d+[.)]\s+(.*)$/;
      const items = [];
      for (let m; i < lines.length && (m = item.exec(lines[i])); i++) items.push(h('li', {}, inline(m[1])));
      out.push(h(kind, {}, items));
      continue;
    }
    if (/^>\s?/.test(line)) {
      const quoted = [];
      for (; i < lines.length && /^>\s?/.test(lines[i]); i++) quoted.push(lines[i].replace(/^>\s?/, ''));
      out.push(h('blockquote', {}, inline(quoted.join(' '))));
      continue;
    }
    const said = [];
    for (; i < lines.length && lines[i].trim() && !/^(```|#{1,6}\s|>\s?|\s*[-*+]\s+|\s*\d+[.)]\s+)/.test(lines[i]); i++) said.push(lines[i]);
    if (!said.length) said.push(lines[i++]);
    out.push(h('p', {}, inline(said.join(' '))));
  }
  return out;
}

function inline(text) {
  const out = [];
  let plain = '';
  const flush = () => { if (plain) out.push(plain); plain = ''; };
  for (let i = 0; i < text.length;) {
    const rest = text.slice(i);
    let m;
    if ((m = /^\\([!-/:-@[-`{-~])/.exec(rest))) plain += m[1];
    else if ((m = /^`([^`]+)`/.exec(rest))) { flush(); out.push(h('code', {}, m[1])); }
    else if ((m = /^\*\*((?:\\.|[^*\\])+)\*\*/.exec(rest))) { flush(); out.push(h('b', {}, inline(m[1]))); }
    else if ((m = /^\*((?:\\.|[^*\\])+)\*/.exec(rest))) { flush(); out.push(h('i', {}, inline(m[1]))); }
    else if ((m = /^!?\[((?:\\.|[^\]\\])*)\]\(([^()\s]*)\)/.exec(rest))) {
      flush();
      if (m[0][0] !== '!' && safe(m[2])) out.push(h('a', { href: m[2], target: '_blank', rel: 'noopener noreferrer' }, inline(m[1])));
      else out.push(m[0]);
    } else { plain += text[i]; m = [text[i]]; }
    i += m[0].length;
  }
  flush();
  return out;
}
