// Whether what is shown can be believed. Nothing looks alive that we have not heard of.

import { lasting } from './text.js';
import { moment, secondsSince, since } from './time.js';

/** Seconds for the way here. */
const WAY = 5;

/** A pause may be longer than planned by this share, so that many instances do not climb together. */
const JITTER = 0.1;

const isLate = (report, { pause_seconds: pause, limit_seconds: limit }) =>
  secondsSince(ended(report)) > (1 + JITTER) * pause + limit + WAY;

/** Whether a target had a run lately. */
const isLookedAt = (view) => view.last_run && !isLate(view.last_run, view);

/** Why what is shown may not be true any more; null while it is. `key` tells one reason from another. */
export function doubt({ failed, heard, lostAt, refused, report, targets, view }) {
  if (failed) return { key: 'failed', head: 'This page cannot show what the agent says.', rest: `${failed}. Load it again.` };
  if (lostAt) return lost(lostAt, heard, refused);
  if (report && view && isLate(report, view)) return late(report, view, targets.some(isLookedAt));
  return null;
}

const STOOD_STILL = 'The agent answers, but may have no CPU between requests.';

const WAITS = 'Other targets have had theirs: this one may have to wait for its turn.';

/** When a run ended. */
export const ended = ({ started_at: started, duration_seconds: seconds }) =>
  new Date(Date.parse(started) + 1000 * seconds).toISOString();

const lost = (at, heard, refused) => ({
  key: 'lost',
  head: [refused ? 'Refused since ' : 'No answer since ', moment(new Date(at).toISOString()), refused && `: ${refused}`, '.'],
  rest: [heard && 'What follows was true then. ', 'Trying again.'],
});

const late = (report, { pause_seconds: pause }, othersGoOn) => ({
  key: othersGoOn ? 'waiting' : 'late',
  head: ['No run for ', since(ended(report)), '.'],
  rest: `One is due every ${lasting(pause)}. ${othersGoOn ? WAITS : STOOD_STILL} What follows was true then.`,
});
