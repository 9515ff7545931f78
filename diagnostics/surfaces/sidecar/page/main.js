// The status page: listens to the agent and to the person, and shows what is known.

import { listen } from './api.js';
import { doubt } from './doubt.js';
import { copyFrom, moveInStrip } from './hands.js';
import { address } from './runs.js';
import { chosen, listening, look, refresh, runOnRequest, state, told, whenChanged } from './store.js';
import { tick } from './time.js';
import { sayAloud, show } from './view.js';

/** Which doubt is shown: it may come by nothing but time. */
let doubted;

/** A page that fails at what it is told must not go on showing what it was told before. */
function render() {
  try {
    draw();
  } catch (error) {
    Object.assign(state, { failed: String(error), targets: [], report: undefined, past: undefined });
    draw();
  }
}

function draw() {
  const page = known();
  doubted = page.doubt?.key;
  show(page);
  sayAloud(page);
}

function known() {
  const seen = { ...state, view: chosen() };
  return { ...seen, doubt: doubt(seen) };
}

// --- where we are ----------------------------------------------------------------------------------------------------

function readAddress() {
  const query = new URLSearchParams(location.search);
  return look(query.get('target'), query.get('run'));
}

/** Follow a link to a target or a run without loading the page again, and begin to read at its top. */
function follow(link) {
  history.pushState(null, '', link.getAttribute('href'));
  document.getElementById('main').focus({ preventScroll: true });
  scrollTo({ top: 0, behavior: 'instant' });
  return readAddress();
}

const isPlain = (event) => event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;

async function clicked(event) {
  const hit = event.target.closest?.('a[data-run], a[data-target], button[data-copy], #run');
  if (!hit || !isPlain(event)) return;
  event.preventDefault();
  if (hit.matches('a')) await follow(hit);
  else if (hit.id === 'run') await run();
  else await copied(hit);
}

/** What a person asks for is the last run, whichever was looked at. */
async function run() {
  if (state.run) {
    history.pushState(null, '', address(chosen()?.name));
    await readAddress();
  }
  await runOnRequest();
}

/** Milliseconds for which a button says what it did. */
const ACKNOWLEDGED = 2000;

async function copied(button) {
  const answer = await copyFrom(button);
  document.getElementById('aloud').textContent = answer;
  button.dataset.hold = '';
  button.textContent = answer.replace(/[;.].*/, '');
  setTimeout(() => {
    delete button.dataset.hold;
    button.textContent = 'Copy';
  }, ACKNOWLEDGED);
}

// --- time passes -----------------------------------------------------------------------------------------------------

let stopHearing = null;

/** A browser has six connections to one place: a tab that nobody looks at asks now and then, and holds none. */
function hearWhileSeen() {
  stopHearing?.();
  stopHearing = document.hidden ? null : listen({ opened: () => listening(true), lost: () => listening(false), told });
  if (document.hidden) listening(false);
}

const SECOND = 1000;

/** Milliseconds between two questions while nobody tells us anything. */
const ASK_EVERY = 5 * SECOND;

let asked = Date.now();

function everySecond() {
  if ((!state.live || state.lostAt) && Date.now() - asked >= ASK_EVERY) {
    asked = Date.now();
    refresh(true);
  }
  tick();
  if (known().doubt?.key !== doubted) render();
}

whenChanged(render);
addEventListener('popstate', readAddress);
addEventListener('click', clicked);
addEventListener('keydown', moveInStrip);
addEventListener('online', () => refresh(true));
document.addEventListener('visibilitychange', hearWhileSeen);
readAddress();
hearWhileSeen();
setInterval(everySecond, SECOND);
