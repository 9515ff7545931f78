// Elements out of values, and the page brought from one state to the next. Nothing here parses HTML.

import { visible } from './text.js';

const SVG = 'http://www.w3.org/2000/svg';

/** An element. Strings become text in which every character is seen; what is false, null or empty is left out. */
export function el(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== false && value != null) made.setAttribute(key, value === true ? '' : visible(String(value)));
  }
  made.append(...children.flat(Infinity).filter(isSomething).map(asNode));
  return made;
}

const isSomething = (child) => child !== false && child != null && child !== '';

const asNode = (child) => (child instanceof Node ? child : document.createTextNode(visible(String(child))));

/** The sign of a status: a shape of its own for each, so that no meaning hangs on colour alone. */
export function sign(status) {
  const drawing = document.createElementNS(SVG, 'svg');
  const use = document.createElementNS(SVG, 'use');
  use.setAttribute('href', `#sign-${status}`);
  drawing.setAttribute('class', 'sign');
  drawing.setAttribute('aria-hidden', 'true');
  drawing.append(use);
  return drawing;
}

/** Text for ears only. */
export const aside = (...children) => el('span', { class: 'aside' }, ...children);

/**
 * Change `old` into `fresh` and touch nothing that is equal, so that focus, selection and scrolling stay where they are.
 * Elements with the same data-key are the same thing, wherever they stand; one with data-hold is just answering somebody.
 */
export function morph(old, fresh) {
  if (old.dataset?.hold !== undefined) return;
  if (old.nodeName !== fresh.nodeName || keyOf(old) !== keyOf(fresh)) {
    old.replaceWith(fresh);
  } else if (old.nodeType === Node.TEXT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
  } else {
    morphAttributes(old, fresh);
    morphChildren(old, fresh);
  }
}

const keyOf = (node) => node.dataset?.key;

function morphAttributes(old, fresh) {
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name)) old.removeAttribute(name);
  for (const { name, value } of fresh.attributes) {
    // A style that is set as an attribute is refused by the policy; the object model of styles is not.
    if (name !== 'style' && old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  if (old.style.cssText !== fresh.style.cssText) old.style.cssText = fresh.style.cssText;
}

function morphChildren(old, fresh) {
  const wanted = new Set([...fresh.children].map(keyOf));
  for (const child of [...old.children]) if (keyOf(child) && !wanted.has(keyOf(child))) child.remove();
  const keyed = new Map([...old.children].map((child) => [keyOf(child), child]));
  let place = old.firstChild;
  for (const next of [...fresh.childNodes]) {
    const same = keyOf(next) ? keyed.get(keyOf(next)) : place && !keyOf(place) && place;
    if (!same) {
      old.insertBefore(next, place);
      continue;
    }
    if (same === place) place = place.nextSibling;
    else old.insertBefore(same, place);
    morph(same, next);
  }
  while (place) {
    const rest = place;
    place = place.nextSibling;
    rest.remove();
  }
}
