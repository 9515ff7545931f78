// Whether what is shown can be believed. Nothing looks alive that we have not heard of.

import { lasting } from './text.js';
import { moment, secondsSince, since } from './time.js';

/** Seconds beyond the next run but one after which something is wrong: a run against a silent network takes ten. */
const SLACK = 10;

/** Why what is shown may not be true any more; null while it is. `key` tells one reason from another. */
export function doubt({ heard, lostAt, refused, report, view }) {
  if (lostAt) return lost(lostAt, heard, refused);
  if (report && view && secondsSince(ended(report)) > 2 * view.pause_seconds + SLACK) return late(report, view);
  return null;
}

/** When a run ended. */
export const ended = ({ started_at: started, duration_seconds: seconds }) =>
  new Date(Date.parse(started) + 1000 * seconds).toISOString();

const lost = (at, heard, refused) => ({
  key: 'lost',
  head: ['No answer since ', moment(new Date(at).toISOString()), '.'],
  rest: [refused && `The agent says: ${refused}. `, heard && 'What follows was true then. ', 'Trying again.'],
});

const late = (report, { pause_seconds: pause }) => ({
  key: 'late',
  head: ['No run for ', since(ended(report)), '.'],
  rest: `One is due every ${lasting(pause)}. The agent answers, but may have no CPU between requests. What follows was true then.`,
});
