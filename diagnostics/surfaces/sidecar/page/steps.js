// The checks of a run as a waterfall: what each said, and when it ran.

import { aside, el, sign } from './dom.js';
import { duration } from './text.js';
import { moment } from './time.js';
import words from './words.js';

/** Everything that was planned: what was evaluated as rows, the rest in a quiet line for each reason. */
export function steps(report) {
  const evaluated = report.checks.filter((check) => !isQuiet(check));
  return el(
    'section',
    { class: 'steps', 'aria-labelledby': 'steps' },
    el('header', {}, el('h2', { id: 'steps' }, 'Steps'), el('p', { class: 'quiet' }, times(report))),
    report.egress && el('p', { class: 'quiet egress' }, 'Egress: ', report.egress.summary),
    scale(report),
    el('ol', {}, evaluated.map((check) => step(check, report))),
    leftOut(report.checks),
    limits(report),
  );
}

/** The app's own limits where it told them: beside the times above, whether a longer one would help is seen at once. */
function limits({ limits: told }) {
  return told.length > 0 && el(
    'p',
    { class: 'quiet limits', 'data-key': 'limits' },
    `${words.APP_LIMITS}: `,
    told.map((limit, at) => [at > 0 && ', ', el('code', {}, limit.name), ` ${about(limit)}`]),
  );
}

function about({ seconds, elapsed, fired }) {
  const said = [seconds && duration(seconds), elapsed && `${duration(elapsed)} ${words.PASSED}`, fired && words.FIRED];
  return said.filter(Boolean).join(', ');
}

function scale({ duration_seconds: whole }) {
  const marks = [0, 0.5, 1].map((share) => el('span', {}, share ? duration(share * whole) : '0'));
  return el('div', { class: 'scale', 'aria-hidden': true }, el('span', { class: 'marks' }, marks));
}

function step(check, report) {
  const early = isEarlier(check, report);
  return el(
    'li',
    { 'data-status': check.status, 'data-key': check.id, title: `${check.title}.` },
    el('span', { class: 'status' }, sign(check.status), words.STATUS[check.status]),
    el('code', { class: 'id' }, check.id),
    el('span', { class: 'what' }, said(check), check.code && [' ', el('code', {}, check.code)]),
    el('span', { class: early ? 'took early' : 'took' }, early ? ['as of ', moment(check.as_of)] : took(check)),
    el('span', { class: 'bar-of', 'aria-hidden': true }, !early && took(check)[0] && bar(check, report.duration_seconds)),
  );
}

/** Taken over from an earlier run: it has a time of its own, and no place in this one. */
const isEarlier = (check, report) => Boolean(check.as_of) && Date.parse(check.as_of) < Date.parse(report.started_at);

function took({ started_offset_seconds: offset, duration_seconds: seconds }) {
  const after = duration(offset);
  return [duration(seconds), after && aside(`, begun after ${after}`)];
}

/** Its sentence; the reason where it could not be evaluated and the report says no more. */
function said(check) {
  const { summary, skip_reason: reason, findings } = check;
  if (summary || !reason) return summary;
  return reason === 'crashed' ? [words.SKIPPED[reason], ...findings.map(({ about }) => about)].join(': ') : reasonOf(check);
}

const reasonOf = ({ skip_reason: reason, needs }) => (needs ? `${words.SKIPPED[reason]}, ${words.NEEDS} ${needs}` : words.SKIPPED[reason]);

function bar({ started_offset_seconds: offset, duration_seconds: seconds }, whole) {
  const drawn = el('i');
  const share = (part) => `${Math.min(100, (100 * part) / (whole || 1)).toFixed(2)}%`;
  drawn.style.left = share(offset);
  drawn.style.width = share(seconds);
  return drawn;
}

/** Not knowing something that the route does not need is no worse than not having looked. */
const isQuiet = ({ status, needed, skip_reason: reason }) =>
  status === 'skip' || (status === 'unknown' && !needed && reason !== 'crashed' && reason !== 'run_deadline');

/** What the path did not reach is what people look for first, what has no place here last. */
const RANK = ['blocked', 'not_supported', 'deselected', 'not_applicable'];

const rank = ({ status, skip_reason: reason }) => (status === 'skip' ? RANK.indexOf(reason) : 0.5);

function leftOut(checks) {
  const quiet = checks.filter(isQuiet).sort((one, other) => rank(one) - rank(other));
  return [...Map.groupBy(quiet, (check) => `${check.status} ${reasonOf(check)}`)].map(([key, members]) => el(
    'p',
    { class: 'quiet', 'data-key': key },
    sign(members[0].status),
    `${reasonOf(members[0])}: `,
    members.map(({ id }, at) => [at > 0 && ', ', el('code', {}, id)]),
  ));
}

function times({ duration_seconds: whole, ladder }) {
  const parts = [`${words.RUN} ${duration(whole) || '0 ms'}`];
  if (ladder) {
    parts.push(`${words.CONNECTION} ${duration(ladder.total_seconds) || '0 ms'}`);
    parts.push(`${words.BETWEEN_STEPS} ${duration(ladder.unattributed_seconds) || '0 ms'}`);
  }
  return parts.join(', ');
}
