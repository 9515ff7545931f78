// What is remembered: the last runs as a strip, the incidents, and what was different when one began.

import { el, sign } from './dom.js';
import { looks } from './looks.js';
import { lasting } from './text.js';
import { moment, since } from './time.js';
import words from './words.js';

/** The page on one run of a target, or on its newest. */
export function address(target, run) {
  const query = new URLSearchParams(Object.entries({ target, run }).filter(([, value]) => value));
  return query.size ? `?${query}` : './';
}

/** The runs of a target, old ones on the left, and its incidents, new ones on top. */
export function history({ name, runs, incidents, looks: sum }, shown) {
  if (!runs.length) return null;
  const oldestFirst = runs.toReversed();
  return el(
    'section',
    { class: 'history', 'aria-labelledby': 'history' },
    el('h2', { id: 'history' }, 'Last runs'),
    el('ol', { class: 'strip', 'aria-describedby': 'strip-help' }, oldestFirst.map((run, at) => [
      isGap(oldestFirst[at - 1], run) && el('li', { class: 'gap', 'aria-hidden': true, 'data-key': `before ${run.run_id}` }),
      cell(run, name, shown),
    ])),
    el(
      'p',
      { class: 'quiet', id: 'strip-help' },
      runs.length === 1 ? '1 run, of ' : [`${runs.length} runs, from `, moment(oldestFirst[0].started_at), ' to '],
      moment(runs[0].started_at),
      runs.length === 1 ? '.' : '. Each opens its run; arrow keys go from one to the next.',
    ),
    looks(sum),
    incidents.length > 0 && [el('h3', {}, 'Incidents'), el('ul', { class: 'incidents' }, incidents.map((each) => incident(each, name)))],
  );
}

/** Seconds without a run from which the strip shows a gap: failures are remembered longer than what lay between. */
const GAP = 300;

const isGap = (before, run) => before && Date.parse(run.started_at) - Date.parse(before.started_at) > GAP * 1000;

function cell(run, target, shown) {
  const said = [words.STATUS[run.status], ...run.causes].join(', ');
  const label = `${moment(run.started_at).textContent}: ${said}`;
  return el('li', { 'data-key': run.run_id }, el('a', {
    href: address(target, run.run_id),
    'data-run': run.run_id,
    'data-status': run.status,
    tabindex: '-1',
    title: label,
    'aria-label': label,
    'aria-current': shown === run.run_id && 'true',
  }));
}

function incident({ began_at: began, ended_at: ended, first, causes, proven_cause: proven, failed_runs: failed }, target) {
  return el(
    'li',
    { 'data-key': first.run_id },
    sign(first.status),
    el('a', { href: address(target, first.run_id), 'data-run': first.run_id }, moment(began)),
    el('span', {}, ended ? lasting((Date.parse(ended) - Date.parse(began)) / 1000) : ['for ', since(began), ', going on']),
    el('span', {}, failed === 1 ? '1 run' : `${failed} runs`),
    el('span', { class: 'causes' }, (proven ? [proven] : causes).map((cause) => el('code', {}, cause))),
  );
}

/** What the beginning of the incident knew differently from the last good run before it. */
export function differences(incident, withheld) {
  if (!incident?.last_good) return null;
  const found = incident.differences.filter(({ what }) => what !== 'cause');
  const compared = el('p', { class: 'quiet' }, 'Compared with the last good run, of ', moment(incident.last_good.started_at), '.');
  return el(
    'section',
    { class: 'differences', 'aria-labelledby': 'differences' },
    el('h2', { id: 'differences' }, 'What changed'),
    found.length > 0 && el('dl', {}, found.map(difference)),
    !found.length && el('p', {}, withheld ? 'Withheld, but for the cause.' : 'Nothing but the outcome, of what both runs know.'),
    compared,
  );
}

const NAMES = {
  address: 'address',
  certificate: 'server certificate',
  identity: 'service account',
  server: 'PostgreSQL',
  settings: 'settings',
};

function difference(each) {
  return el('div', {}, el('dt', {}, NAMES[each.what] ?? each.what), el('dd', {}, each.names ? codes(each.names) : change(each)));
}

function change({ before, after, before_not_after: expired, after_not_after: expires }) {
  return [side(before, expired), el('span', { class: 'arrow', role: 'img', 'aria-label': 'became' }, '→'), side(after, expires)];
}

const side = (value, until) => [codes([value].flat().map(short)), until && el('span', { class: 'until' }, ' until ', moment(until))];

/** Of a SHA-256 the first characters tell two apart. */
const short = (value) => (/^[0-9a-f]{64}$/.test(value) ? value.slice(0, 12) : value);

const codes = (values) => values.map((value) => el('code', {}, value));
