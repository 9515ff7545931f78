// Moments on the page. The server's clock is what counts: `now` is what it says, as far as its answers tell.

import { el } from './dom.js';
import { clock, lasting, utc } from './text.js';

let ahead = 0;

/** Take the difference of the two clocks from an answer. Its header has whole seconds: half of one is the best guess. */
export function setClock(answer) {
  const date = Date.parse(answer.headers.get('Date') ?? '');
  if (!Number.isNaN(date)) ahead = date + 500 - Date.now();
}

/** Milliseconds on the server's clock. */
export const now = () => Date.now() + ahead;

/** Seconds since a moment. */
export const secondsSince = (iso) => (now() - Date.parse(iso)) / 1000;

/** A moment in the viewer's zone, in UTC where one points at it. */
export function moment(iso) {
  const date = new Date(iso);
  return el('time', { datetime: iso, title: utc(date) }, clock(date, new Date(now())));
}

/** How long a moment is gone; goes on by itself. */
export const since = (iso) => el('span', { 'data-since': iso }, lasting(secondsSince(iso)));

/** Let everything that counts go on. */
export function tick() {
  for (const node of document.querySelectorAll('[data-since]')) {
    const text = lasting(secondsSince(node.dataset.since));
    if (node.textContent !== text) node.textContent = text;
  }
}
