// The whole page out of what is known.

import { el, morph, sign } from './dom.js';
import { ended } from './doubt.js';
import { oneStop } from './hands.js';
import { address, differences, history } from './runs.js';
import { steps } from './steps.js';
import { visible, zone } from './text.js';
import { moment, since } from './time.js';
import { diagnosis, hints, sentence, verdict, warnings } from './verdict.js';
import words from './words.js';

const place = (id) => document.getElementById(id);

/** Bring the page to what is known. */
export function show(page) {
  place('targets').hidden = page.targets.length < 2;
  fill('targets', targets(page));
  fill('fresh', fresh(page));
  place('doubt').hidden = !page.doubt;
  fill('doubt', page.doubt && el('p', {}, el('strong', {}, page.doubt.head), ' ', page.doubt.rest));
  fill('main', main(page));
  fill('foot', foot(page));
  fill('answer', page.answer);
  place('run').setAttribute('aria-disabled', String(page.running));
  document.body.classList.toggle('doubtful', Boolean(page.doubt));
  head(page);
  oneStop();
}

function fill(id, ...children) {
  const old = place(id);
  const fresh = old.cloneNode(false);
  fresh.append(...el('div', {}, ...children).childNodes);
  morph(old, fresh);
}

// --- around the report -----------------------------------------------------------------------------------------------

function targets({ targets: all, view }) {
  return el('ul', {}, all.map(({ name, last_run: run }) => el(
    'li',
    { 'data-key': name },
    el(
      'a',
      { href: address(name), 'data-target': name, 'aria-current': name === view?.name && 'page' },
      sign(run?.status ?? 'skip'),
      name,
      el('span', { class: 'aside' }, `, ${run ? words.STATUS[run.status] : 'no report yet'}`),
    ),
  )));
}

function fresh({ report, live, doubt }) {
  if (doubt) return el('span', { class: 'stale' }, 'stale');
  if (!report) return '';
  return [el('span', { class: live ? 'live' : 'asks' }, live ? 'live' : 'asks every few seconds'), ', checked ', since(ended(report)), ' ago'];
}

function head({ report, view, doubt }) {
  const said = doubt ? 'stale' : report ? words.STATUS[report.status] : 'waiting';
  document.title = visible(`${[said, view?.name].filter(Boolean).join(': ')} · cloudsql-diag`);
  const icon = `page/${doubt || !report ? 'unknown' : report.status}.svg`;
  if (place('icon').getAttribute('href') !== icon) place('icon').setAttribute('href', icon);
}

function foot({ report, past }) {
  const shown = past ?? report;
  if (!shown) return '';
  const { version, hostname } = shown.agent;
  return [
    el(
      'p',
      {},
      'Run ', el('code', {}, shown.run_id), ' of ', moment(shown.started_at), ', by cloudsql-diag ', version,
      hostname && [' on ', el('code', {}, hostname)], '. Times are in ', zone(), '.',
    ),
    el(
      'p',
      {},
      el('a', { href: `api/v1/reports/${encodeURIComponent(shown.run_id)}` }, 'This run as JSON'), ' ',
      el('a', { href: 'health' }, 'health'), ' ',
      el('a', { href: 'metrics' }, 'metrics'), ' ',
      el('a', { href: 'api/v1/openapi.json' }, 'API'),
    ),
  ];
}

// --- the report ------------------------------------------------------------------------------------------------------

function main(page) {
  if (page.failed) return null;
  const { heard, doubt, targets: all, target, view, run, past, report } = page;
  if (!heard || (view && report === undefined)) return !doubt && note('Asking the agent…');
  if (target && !view) return note(`No target is named “${target}”.`, all.length > 1 && 'Choose one above.');
  if (run) return [pastNote(page), past && whole(past, page), view && history(view, run)];
  if (!report) return [note('No report yet.', 'The first run is under way.'), view && history(view)];
  return [whole(report, page), history(view, report.run_id)];
}

const note = (head, rest) => el('p', { class: 'waiting' }, el('strong', {}, head), rest && ` ${rest}`);

function pastNote({ past, report, view }) {
  return el(
    'p',
    { class: 'past' },
    past && ['This is the run of ', moment(past.started_at), '. '],
    past === null && 'This run is not remembered any more. ',
    report && ['The last one says: ', sign(report.status), ' ', sentence(report), '. '],
    el('a', { href: address(view?.name), 'data-target': view?.name ?? '' }, 'Go to the last run'),
  );
}

function whole(report, { view, withheld, run, doubt }) {
  return el(
    'div',
    { class: 'report', 'data-status': report.exit_code === 1 ? 'unknown' : report.status },
    verdict(report, run ? null : view?.state, doubt),
    withheld && withheldNote(),
    hints(report.hints),
    report.diagnoses.map((entry, at) => diagnosis(entry, at + 1, report)),
    warnings(report.warnings),
    report.diagnoses.length > 0 && differences(incidentOf(report, view), withheld),
    steps(report),
  );
}

function withheldNote() {
  const what = 'Names, addresses, users and messages are withheld from callers that are not on this machine. ';
  return el('p', { class: 'withheld' }, what, el('code', {}, 'serve --expose-details'), ' shows them.');
}

/** The incident that a run belongs to. */
function incidentOf({ started_at: started }, view) {
  const at = Date.parse(started);
  return view?.incidents.find(({ began_at: began, ended_at: end }) => Date.parse(began) <= at && (!end || at < Date.parse(end)));
}

// --- for ears --------------------------------------------------------------------------------------------------------

let said = '';

/** Say what it comes to: once, and not at every run. */
export function sayAloud({ heard, doubt, report, past, run, view }) {
  if (!heard && !doubt) return;
  const shown = run ? past : report;
  const causes = shown?.diagnoses.map(({ title, confidence }) => `${title}, ${confidence}`) ?? [];
  const parts = [doubt && 'Stale', run && 'An earlier run', view?.name, shown ? sentence(shown) : 'No report', ...causes];
  const text = visible(parts.filter(Boolean).join('. '));
  if (text !== said) place('aloud').textContent = said = text;
}
