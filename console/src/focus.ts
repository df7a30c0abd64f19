// Where the focus goes when the control that has it is taken from the page (WCAG 2.4.3): a revoked key's row, a deleted
// role's column, a button that did its work. The browser would leave it on nothing, and the next Tab at the very top.

const CONTROLS = "a[href], button, input:not([type=hidden]), select, textarea, [tabindex='0']";
const ITEMS = "tr, li, th";
const HEADINGS = "h1, h2, h3";
const OPEN_DIALOG = "[role=dialog]:not([aria-modal=false]), [role=alertdialog]:not([aria-modal=false])";

/** What has the focus; nothing once it was left on purpose, for example by a press beside it. */
let focused: HTMLElement | undefined;
/** The control of the page itself that was used last: what a dialog gives the focus back to. */
let place: HTMLElement | undefined;

const controls = (within: ParentNode) => [...within.querySelectorAll<HTMLElement>(CONTROLS)];
const usable = (element: HTMLElement) => element.isConnected && element.checkVisibility();
const nameOf = (element: HTMLElement) => element.getAttribute("aria-label") ?? element.textContent;

/** The control for a closing dialog to give the focus back to; true leaves it to the dialog. */
export function focusAfterDialog(): HTMLElement | true {
  return place !== undefined && usable(place) ? place : true;
}

/** Watches over the focus of the page from now on. */
export function keepFocus(page: HTMLElement): void {
  document.addEventListener("focusin", ({ target }) => {
    if (!(target instanceof HTMLElement)) return;
    focused = target;
    if (page.contains(target)) place = target;
  });
  // Some browsers do not give a button the focus when it is pressed.
  document.addEventListener("pointerdown", ({ target }) => {
    const control = target instanceof Element ? target.closest<HTMLElement>(CONTROLS) : null;
    if (control && page.contains(control)) place = control;
  });
  document.addEventListener("focusout", ({ target, relatedTarget }) => {
    if (relatedTarget) return;
    queueMicrotask(() => {
      if (target === focused && focused?.isConnected && document.activeElement !== focused) focused = undefined;
    });
  });
  new MutationObserver((changes) => {
    for (const change of changes) {
      for (const removed of change.removedNodes) {
        if (place && !place.isConnected && removed.contains(place)) place = successor(removed, place, change, page);
      }
    }
    recover(page);
  }).observe(document.body, { childList: true, subtree: true });
}

/** Gives the focus to whatever comes next, if it has just been lost. */
function recover(page: HTMLElement): void {
  if (!focused || focused.isConnected || (document.activeElement && document.activeElement !== document.body)) return;
  if (page.inert) document.querySelector<HTMLElement>(OPEN_DIALOG)?.focus();
  else (place && usable(place) ? place : headingIn(page))?.focus();
}

function successor(removed: Node, lost: HTMLElement, change: MutationRecord, page: HTMLElement): HTMLElement | undefined {
  const around = change.target instanceof HTMLElement && change.target.isConnected ? change.target : page;
  if (removed instanceof HTMLElement && removed.matches(ITEMS)) return inNextItem(removed, lost, change) ?? headingAbove(around);
  // The same control, drawn anew: a button that is off stands within more than one that is on.
  const again = controls(around).find((one) => one.tagName === lost.tagName && nameOf(one) === nameOf(lost) && usable(one));
  if (again) return again;
  const large = removed instanceof HTMLElement && removed.querySelector(`${HEADINGS}, ${ITEMS}`) !== null;
  return (large ? undefined : controlBefore(around, change.previousSibling)) ?? headingAbove(around);
}

/** The control at the same place in the next item of a list, or in the one before. */
function inNextItem(removed: HTMLElement, lost: HTMLElement, { nextSibling, previousSibling }: MutationRecord): HTMLElement | undefined {
  const fromEnd = controls(removed).reverse().indexOf(lost);
  const after: Element[] = [];
  for (let one = elementFrom(nextSibling, "next"); one; one = one.nextElementSibling) after.push(one);
  for (let one = elementFrom(previousSibling, "previous"); one; one = one.previousElementSibling) after.push(one);
  for (const item of after) {
    const there = controls(item).reverse();
    const same = there[fromEnd];
    const control = same && usable(same) ? same : there.find(usable);
    if (control) return control;
  }
  return undefined;
}

function elementFrom(node: Node | null, way: "next" | "previous"): Element | null {
  if (node === null || node instanceof Element) return node;
  return elementFrom(way === "next" ? node.nextSibling : node.previousSibling, way);
}

/** The nearest control before a place, in the same form or section. */
function controlBefore(around: HTMLElement, previous: Node | null): HTMLElement | undefined {
  const group = around.closest<HTMLElement>("form, section, .card") ?? around;
  const before = (one: HTMLElement) => {
    const from = previous ?? around;
    const position = from.compareDocumentPosition(one);
    return from.contains(one) ? previous !== null : (position & Node.DOCUMENT_POSITION_PRECEDING) !== 0;
  };
  return controls(group).filter((one) => usable(one) && before(one)).at(-1);
}

/** The heading of the nearest part of the page that has one. */
function headingAbove(from: HTMLElement): HTMLElement | undefined {
  for (let part: HTMLElement | null = from; part; part = part.parentElement) {
    const heading = headingIn(part);
    if (heading) return heading;
  }
  return undefined;
}

function headingIn(part: HTMLElement): HTMLElement | undefined {
  const heading = [...part.querySelectorAll<HTMLElement>(HEADINGS)].find(usable);
  if (heading && !heading.hasAttribute("tabindex")) heading.tabIndex = -1;
  return heading;
}
