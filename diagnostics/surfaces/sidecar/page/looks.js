// What the last runs come to together: how often the path failed, and how long its stages took.

import { el } from './dom.js';
import { duration } from './text.js';
import words from './words.js';

/** `5 of the last 14 runs failed`. */
export function lately({ failed, runs, unknown }) {
  const told = unknown ? `, ${unknown} could not tell` : '';
  return `${failed} of the last ${runs} runs failed${told}`;
}

/** The line, and a row for each stage. */
export function looks(sum) {
  if (!sum || sum.runs < 2) return null;
  const more = sum.second_syn ? `. Connections that needed a second SYN: ${sum.second_syn}` : '';
  return el(
    'div',
    { class: 'looks', 'data-constancy': sum.constancy },
    el('p', {}, `${lately(sum)}${more}.`, sum.causes.map(({ code, runs }) => [' ', el('code', {}, code), ` ${runs}×`])),
    el('dl', {}, sum.stages.map((stage) => el(
      'div',
      { 'data-key': stage.check },
      el('dt', {}, el('code', {}, stage.check)),
      el('dd', {}, `${words.MEDIAN} ${time(stage.median_seconds)}, ${words.WORST} ${time(stage.worst_seconds)}`),
    ))),
  );
}

const time = (seconds) => duration(seconds) || '0 ms';
