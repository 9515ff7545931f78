// What the page knows, and how it comes to know it. Every change is followed by `changed`.

import { lastReport, rememberedReport, reports, runNow } from './api.js';

export const state = {
  targets: [],
  /** Whether names, addresses and messages are left out of what we are told. */
  withheld: false,
  /** Name of the target that is looked at; null is the first. */
  target: null,
  /** Id of the run that is looked at; null is the last. */
  run: null,
  /** The last report of the target: undefined while it is asked for, null before its first run. */
  report: undefined,
  /** The report of `run`: undefined while it is asked for, null where it is not remembered. */
  past: undefined,
  /** Whether the agent ever answered, since when (milliseconds, by our clock) it does not, and in which words. */
  heard: false,
  lostAt: null,
  refused: '',
  /** What went wrong where we ourselves cannot show what we were told. */
  failed: '',
  /** Whether it tells us by itself what happens. */
  live: false,
  /** Whether a run that a person asked for goes on, and what came of asking. */
  running: false,
  answer: '',
};

let changed = () => {};

/** Call this after every change. */
export const whenChanged = (then) => (changed = then);

const find = (name) => state.targets.find((each) => each.name === name);

/** The target that is looked at; undefined where there is none of that name. */
export const chosen = () => (state.target ? find(state.target) : state.targets[0]);

/** Change what is looked at. */
export function look(target, run) {
  Object.assign(state, { target, run, past: undefined, answer: '' });
  if (chosen()?.name !== state.report?.target.name) state.report = undefined;
  changed();
  return refresh();
}

let asking = null;
let more = false;
let all = true;

/** Ask for what is looked at, or for all targets; once more afterwards where somebody calls while it is asking. */
export function refresh(everything = false) {
  all ||= everything;
  if (asking) more = true;
  else asking = ask().finally(askedOnce);
  return asking;
}

function askedOnce() {
  asking = null;
  if (more) {
    more = false;
    refresh();
  }
}

async function ask() {
  const { target, run } = state;
  meanwhile.clear();
  try {
    const found = await askFor(target, run);
    if (target === state.target && run === state.run) Object.assign(state, found);
    else more = true;
    for (const event of meanwhile.values()) keepRun(event);
    Object.assign(state, { heard: true, lostAt: null, refused: '', failed: '' });
  } catch (error) {
    state.lostAt ??= Date.now();
    state.refused = error.status ? error.message : '';
    all = true;
  }
  changed();
}

/** One picture of one moment: lists and reports are taken over together, or not at all. */
async function askFor(target, run) {
  const one = all ? undefined : chosen()?.name;
  all = false;
  const { targets: listed, withheld } = await reports(one);
  const targets = one ? state.targets.map((old) => listed.find(({ name }) => name === old.name) ?? old) : listed;
  const name = (target ? targets.find((each) => each.name === target) : targets[0])?.name;
  const [report, past] = await Promise.all([name ? lastReport(name) : null, run ? rememberedReport(run) : undefined]);
  return { targets, withheld, report, past };
}

/** Runs that we were told of while we were asking: the answer may be older than they are. */
const meanwhile = new Map();

/** The agent told us of a run, a change or a target that is gone. Others than the one that is looked at need no asking. */
export function told(kind, event) {
  if (kind === 'gone' || !find(event.target)) return refresh(true);
  if (event.target === chosen()?.name) return refresh();
  if (kind === 'report') keepRun(event);
  return changed();
}

function keepRun(run) {
  meanwhile.set(run.target, run);
  const target = find(run.target);
  if (target) target.last_run = run;
}

/** Whether it can tell us. What happened while it could not is asked for. */
export function listening(live) {
  state.live = live;
  refresh(true);
}

/** A person wants a run. */
export async function runOnRequest() {
  if (state.running || !chosen()) return;
  Object.assign(state, { running: true, answer: 'Running…' });
  changed();
  try {
    await runNow(chosen().name);
    state.answer = 'Done.';
  } catch (error) {
    state.answer = refusal(error);
  }
  state.running = false;
  changed();
}

function refusal({ status, message, retryAfter }) {
  if (status === 429) return `Too soon: again in ${retryAfter} s.`;
  return status ? `Refused: ${message}.` : 'The agent does not answer.';
}
