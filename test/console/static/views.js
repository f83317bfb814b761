// Which part of the page is shown follows the address, so that the browser's own back
// button, bookmarks and links work.
import { $ } from './dom.js';
import { read } from './messages.js';

const titles = { now: 'wrong-title', messages: 'messages-title', account: 'resources-title', records: 'records-title', faults: 'faults-title' };

export function startViews() {
  addEventListener('hashchange', () => go(true));
  document.querySelector('.skip').addEventListener('click', (e) => {
    e.preventDefault(); // it is no view
    heading().focus();
  });
  go(false);
}

// heading is that of what is shown.
function heading() { return $(open ? 'reader-title' : titles[shown]); }

let shown = 'now';
let open = false; // a message

function go(moved) {
  const place = location.hash.slice(1);
  const message = /^message-(\d+)$/.exec(place);
  open = !!message;
  const name = message ? 'messages' : titles[place] ? place : 'now';
  for (const view of document.querySelectorAll('.view')) view.hidden = view.id !== `view-${name}`;
  for (const link of document.querySelectorAll('#views a')) {
    if (link.hash === `#${name}`) link.setAttribute('aria-current', 'page'); else link.removeAttribute('aria-current');
  }
  read(message ? Number(message[1]) : -1);
  // Whoever cannot see hears where they are; and everything begins at its top.
  shown = name;
  if (moved) heading().focus({ preventScroll: true });
  document.title = `${heading().textContent} · ecsguard`;
  $('reader').scrollTop = 0;
  scrollTo(0, 0);
}
