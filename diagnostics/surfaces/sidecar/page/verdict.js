// The verdict of a report, and each cause with what to do, what speaks for it and what does not.

import { aside, el, sign } from './dom.js';
import { lately } from './looks.js';
import { moment, since } from './time.js';
import words from './words.js';

/** Whether the path works, since when, and where it leads. `state` is what is said of the target now; null for an old run. */
export function verdict(report, state, doubtful) {
  return el(
    'header',
    { class: 'verdict' },
    el('h1', {}, sign(doubtful ? 'unknown' : report.status), doubtful && 'Last known: ', sentence(report)),
    state && el('p', { class: 'since' }, sinceWhen(report, state), lastGood(report)),
    where(report),
    report.provisional && provisional(report.provisional),
  );
}

/** What a report comes to, in the words of the command line. */
export function sentence(report) {
  if (report.exit_code === 1) return words.OWN_FAILURE;
  if (report.looks?.constancy === 'flaky') return words.FLAKY;
  if (!report.works_until) return words.VERDICT[report.status];
  return words.WORKS_UNTIL + report.works_until + (report.status === 'warn' ? words.WITH_WARNINGS : '');
}

/** A state is said to be another one when enough runs agree: until then the last run stands against what was said. */
function sinceWhen(report, state) {
  if (report.looks?.constancy === 'flaky') return lately(report.looks);
  if (agree(report, state)) return ['Since ', moment(state.since), ', ', since(state.since), ' ago'];
  return ['In the last run only. Before: ', lowered(words.VERDICT[state.status]), ', since ', moment(state.since)];
}

function lastGood({ exit_code: code, last_success_at: at }) {
  return code !== 0 && at && ['. It last worked at ', moment(at)];
}

function agree(report, state) {
  const causes = report.diagnoses.map(({ cause }) => cause);
  return state.status === report.status && state.causes.join() === causes.join();
}

const lowered = (text) => text[0].toLowerCase() + text.slice(1);

function where({ target, platform }) {
  const parts = [
    ['target', el('strong', {}, target.name)],
    ['route', place(target) ? el('code', {}, place(target)) : words.NO_TARGET],
    [words.USER, target.user && el('code', {}, target.user)],
    [words.DATABASE, target.database && el('code', {}, target.database)],
    ['platform', [words.PLATFORM[platform.kind] ?? platform.kind, platform.service && [' ', el('code', {}, platform.service)]]],
    [words.REVISION, platform.revision && el('code', {}, platform.revision)],
  ];
  const shown = parts.filter(([, value]) => value);
  return el('dl', { class: 'where' }, shown.map(([name, value]) => el('div', {}, el('dt', {}, name), el('dd', {}, value))));
}

/** The route and where it leads, as short as it is unmistakable; empty without a target. */
function place({ route, host, port, instance }) {
  const end = { connector: instance, direct: host && `${isIPv6(host) ? `[${host}]` : host}:${port}` }[route] ?? (host || instance);
  return `${route} ${end}`.trim();
}

const isIPv6 = (host) => host.includes(':') && /^[\da-f:.]+(%\w+)?$/i.test(host);

function provisional({ reason, until }) {
  return el('p', { class: 'provisional' }, el('strong', {}, words.PROVISIONAL, ' ', moment(until)), ': ', words.NOT_YET[reason] ?? reason);
}

/** One cause. The first thing after its name is what to do. */
export function diagnosis(entry, number, report) {
  const count = report.diagnoses.length;
  const label = count === 1 ? words.CAUSE : words.NUMBERED_CAUSE.replace('{number}', number).replace('{count}', count);
  return el(
    'article',
    { class: 'cause', 'data-key': `${number} ${entry.cause}`, 'aria-labelledby': `cause-${number}` },
    el('p', { class: 'eyebrow' }, label),
    el('h2', { id: `cause-${number}` }, entry.title),
    el(
      'p',
      { class: 'codes' },
      el('code', { class: 'code' }, entry.cause),
      el('span', { class: 'confidence', 'data-confidence': entry.confidence }, entry.confidence),
    ),
    el('p', { class: 'summary' }, entry.summary),
    remedies(entry.remedies),
    el('div', { class: 'reasons' }, speaksFor(entry, report), speaksAgainst(entry)),
    unknown(entry.unknown),
  );
}

/** Where nothing could be walked: how to say where the database is. */
export function hints(steps) {
  return remedies(steps, words.HOW_TO_SAY);
}

function remedies(steps, title) {
  if (!steps.length) return null;
  return el(
    'section',
    { class: 'fix' },
    el('h3', {}, title ?? (steps.length > 1 ? words.FIXES : words.FIX)),
    el('ol', { class: steps.length > 1 ? 'numbered' : 'single' }, steps.map(remedy)),
  );
}

function remedy({ text, command, doc }) {
  return el('li', {}, el('p', {}, text, ' ', documentation(doc, text)), command && commandLine(command));
}

/** What is copied is what is seen: the button takes the text of its neighbour. */
function commandLine(command) {
  return el(
    'div',
    { class: 'command' },
    el('pre', {}, el('code', {}, inWords(command))),
    el('button', { type: 'button', 'data-copy': true, 'aria-label': `Copy ${command}` }, 'Copy'),
  );
}

/** Lines end between words only: an option that is broken after its hyphens reads like another one. */
function inWords(command) {
  return command.split(/( )/).map((part) => (part === ' ' ? part : el('span', { class: 'word' }, part)));
}

/** A page, where it is one: nothing but https becomes a link. Its name says on what, because several lead to one site. */
function documentation(doc, step) {
  if (!doc) return null;
  if (!/^https:\/\/[a-z0-9.-]+\//.test(doc)) return el('code', {}, doc);
  return el('a', { href: doc, rel: 'noreferrer', target: '_blank' }, new URL(doc).hostname, aside(', on: ', step), ' ↗');
}

function speaksFor(entry, report) {
  const trials = report.trials.filter((trial) => belongs(trial, entry, report.diagnoses));
  return el(
    'div',
    {},
    listed(words.EVIDENCE, entry.evidence, ({ what, code, check }) => [what, ' ', el('code', {}, code || check)]),
    listed(words.TRIED, trials, ({ title, result, proves, drops }) => [
      title, ': ', el('strong', {}, result), proves && ', which proves it', drops && [', so it is not ', el('code', {}, drops)],
    ]),
    listed(words.ALTERNATIVE, entry.alternatives, ({ title, cause, settled_by }) => [
      title, ' ', el('code', {}, cause), settled_by && el('span', { class: 'settled' }, words.SETTLED_BY, ': ', settled_by),
    ]),
  );
}

/** A trial stands with the cause that it proved; one that proved none that is named, with the first. */
function belongs({ proves }, entry, all) {
  return all.some(({ cause }) => cause === proves) ? proves === entry.cause : entry === all[0];
}

function speaksAgainst(entry) {
  return el(
    'div',
    {},
    listed(words.EXCLUDED, entry.excluded, ({ what, because }) => [what, ' ', el('code', {}, because)]),
    listed(words.UNTESTED, entry.untested.length ? [entry.untested.join(', ')] : [], (what) => what),
  );
}

function listed(head, items, line) {
  if (!items.length) return null;
  return [el('h3', {}, head), el('ul', {}, items.map((item) => el('li', {}, line(item))))];
}

function unknown(items) {
  if (!items.length) return null;
  const line = items.map(({ what, needs }) => (needs ? `${what} (${words.NEEDS} ${needs})` : what)).join('; ');
  return el('p', { class: 'quiet' }, words.UNKNOWN, ': ', line);
}

/** What stands beside a working path: each cause once, with all that several checks say. */
export function warnings(entries) {
  if (!entries.length) return null;
  const causes = Map.groupBy(entries, ({ cause, code }) => cause || code);
  const said = (members) => [...new Set(members.map(({ title }) => title))].join(' · ');
  return el(
    'section',
    { class: 'warnings', 'aria-label': 'Warnings' },
    el('ul', {}, [...causes].map(([cause, members]) => el(
      'li', {}, sign('warn'), el('span', {}, el('strong', {}, words.WARNING, ': '), said(members), ' ', el('code', {}, cause)),
    ))),
  );
}
