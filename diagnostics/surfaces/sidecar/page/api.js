// What the page asks the agent, and nothing else: the paths of docs/reference/http.md.

import { setClock } from './time.js';

/** An answer that is none; the message is the agent's own. */
export class Refused extends Error {
  constructor(status, problem, retryAfter) {
    super(problem.detail ?? `status ${status}`);
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

/** Longer than the agent ever takes to answer what it already knows. */
const PATIENCE = 10_000;

/** Every target, or one: its state, the runs that are remembered, its incidents. */
export const reports = (target) => get('api/v1/reports', { target });

/** The last report of a target; null while there is none. */
export const lastReport = (target) => get('api/v1/report', { target }).catch(unless(503));

/** The report of a run; null where it is not remembered any more. */
export const rememberedReport = (run) => get(`api/v1/reports/${encodeURIComponent(run)}`).catch(unless(404));

/** Run now. Resolves when the run has ended, or goes on for longer than anybody waits. */
export const runNow = (target) => ask('POST', 'api/v1/run', { target }, 4 * PATIENCE);

const get = (path, query) => ask('GET', path, query, PATIENCE);

const unless = (status) => (error) => {
  if (error.status !== status) throw error;
  return null;
};

async function ask(method, path, query, patience) {
  const parameters = new URLSearchParams(Object.entries(query ?? {}).filter(([, value]) => value));
  const address = parameters.size ? `${path}?${parameters}` : path;
  const answer = await fetch(address, { method, cache: 'no-store', signal: AbortSignal.timeout(patience) });
  setClock(answer);
  if (!answer.ok) throw new Refused(answer.status, await problem(answer), Number(answer.headers.get('Retry-After')));
  return answer.json();
}

const problem = (answer) => answer.json().catch(() => ({}));

/** After an answer that is no stream the browser gives up; we come again. */
const AGAIN = 5_000;

/** Tell of every run and every change as it happens, and of whether we can be told; returns what ends it. */
export function listen(hearer) {
  let source;
  let timer;
  const open = () => {
    source = new EventSource('api/v1/events');
    source.addEventListener('open', hearer.opened);
    source.addEventListener('error', () => {
      hearer.lost();
      if (source.readyState === EventSource.CLOSED) timer = setTimeout(open, AGAIN);
    });
    for (const kind of ['report', 'state', 'gone']) {
      source.addEventListener(kind, (event) => hearer.told(kind, JSON.parse(event.data)));
    }
  };
  open();
  return () => {
    clearTimeout(timer);
    source.close();
  };
}
