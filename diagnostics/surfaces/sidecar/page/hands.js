// What people do with keyboard and clipboard.

const STEPS = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity };

/** Arrow keys in the strip of runs, which is one stop of the tab key however many runs there are. */
export function moveInStrip(event) {
  const link = event.target.closest?.('.strip a');
  const step = STEPS[event.key];
  if (!link || step === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
  const links = [...link.closest('.strip').querySelectorAll('a')];
  const to = Math.min(links.length - 1, Math.max(0, links.indexOf(link) + step));
  event.preventDefault();
  links[to].focus();
  oneStop();
}

/** Of the strip's links the one that has the focus, or is looked at, or is the newest, is where the tab key stops. */
export function oneStop() {
  const links = [...document.querySelectorAll('.strip a')];
  const stop = links.find((link) => link === document.activeElement) ?? links.find((link) => link.ariaCurrent) ?? links.at(-1);
  for (const link of links) link.tabIndex = link === stop ? 0 : -1;
}

/** Copy what stands before the button, as it is seen. Where the browser does not let us, it is selected instead. */
export async function copyFrom(button) {
  const source = button.previousElementSibling;
  try {
    await navigator.clipboard.writeText(source.textContent);
    return 'Copied.';
  } catch {
    getSelection().selectAllChildren(source);
    // Deprecated, and the one way there is on a page that was not loaded over https or from loopback.
    return document.execCommand('copy') ? 'Copied.' : 'Selected; copy it with the keyboard.';
  }
}
