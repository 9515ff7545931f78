// Text of others made harmless, and times as people read them.

/** One line in which every character is seen: controls, line ends, directions and zero widths read \n, \u202e. */
export function visible(text) {
  return text.replace(/(?! )[\p{C}\p{Z}]/gu, escaped);
}

const NAMED = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function escaped(char) {
  const code = char.codePointAt(0);
  if (code > 0xffff) return `\\U${code.toString(16).padStart(8, '0')}`;
  return NAMED[char] ?? (code > 0xff ? `\\u${code.toString(16).padStart(4, '0')}` : `\\x${code.toString(16).padStart(2, '0')}`);
}

/** 0.2 ms, 12 ms, 8.0 s, 3 min 20 s; empty for what took no time worth a word. The bounds are those of timing.py. */
export function duration(seconds) {
  if (seconds < 0.00005) return '';
  if (seconds < 0.0095) return `${(seconds * 1000).toFixed(1)} ms`;
  if (seconds < 0.9995) return `${(seconds * 1000).toFixed(0)} ms`;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  return `${Math.floor(Math.round(seconds) / 60)} min ${Math.round(seconds) % 60} s`;
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** 4 s, 12 min, 3 h 20 min, 2 d 4 h: how long something lasts, in the words of a glance. */
export function lasting(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < MINUTE) return `${whole} s`;
  if (whole < HOUR) return `${Math.floor(whole / MINUTE)} min`;
  if (whole < DAY) return pair(whole, HOUR, 'h', MINUTE, 'min');
  return pair(whole, DAY, 'd', HOUR, 'h');
}

function pair(seconds, large, name, small, rest) {
  const over = Math.floor((seconds % large) / small);
  return `${Math.floor(seconds / large)} ${name}${over ? ` ${over} ${rest}` : ''}`;
}

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
const DATE = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });

/** The time of day in the viewer's zone, with the date where it is another day than `now`. */
export function clock(date, now) {
  const today = date.toDateString() === now.toDateString();
  return today ? CLOCK.format(date) : `${DATE.format(date)}, ${CLOCK.format(date)}`;
}

/** 2026-03-14 12:00:00 UTC */
export const utc = (date) => `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`;

/** The viewer's zone, by its name and what it is ahead of UTC now. */
export function zone() {
  const name = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const minutes = -new Date().getTimezoneOffset();
  const ahead = `${minutes < 0 ? '−' : '+'}${Math.floor(Math.abs(minutes) / 60)}:${String(Math.abs(minutes) % 60).padStart(2, '0')}`;
  return minutes ? `${name} (UTC${ahead})` : name;
}
