// Restores the focus when the focused control is removed from the page (WCAG 2.4.3), such as with the row of a revoked
// key. Browsers would otherwise reset it to the top of the document.

const CONTROLS = "a[href], button, input:not([type=hidden]), select, textarea, [tabindex='0']";
const ITEMS = "tr, li, th";
const HEADINGS = "h1, h2, h3";
const OPEN_DIALOG = "[role=dialog]:not([aria-modal=false]), [role=alertdialog]:not([aria-modal=false])";

/** The focused element; undefined after a deliberate blur, such as by a press beside it. */
let focused: HTMLElement | undefined;
/** The last used control of the page itself, where a closing dialog restores the focus. */
let lastControl: HTMLElement | undefined;

const controls = (within: ParentNode) => [...within.querySelectorAll<HTMLElement>(CONTROLS)];
const usable = (element: HTMLElement) => element.isConnected && element.checkVisibility();
const nameOf = (element: HTMLElement) => element.getAttribute("aria-label") ?? element.textContent;

/** Returns the control that receives the focus when a dialog closes; true leaves it to the dialog. */
export function dialogReturnTarget(): HTMLElement | true {
  return lastControl !== undefined && usable(lastControl) ? lastControl : true;
}

/** Starts tracking the focus within the page. */
export function installFocusRestoration(page: HTMLElement): void {
  document.addEventListener("focusin", ({ target }) => {
    if (!(target instanceof HTMLElement)) return;
    focused = target;
    if (page.contains(target)) lastControl = target;
  });
  // Some browsers do not focus a button that is pressed.
  document.addEventListener("pointerdown", ({ target }) => {
    const control = target instanceof Element ? target.closest<HTMLElement>(CONTROLS) : null;
    if (control && page.contains(control)) lastControl = control;
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
        if (lastControl && !lastControl.isConnected && removed.contains(lastControl)) lastControl = successor(removed, lastControl, change, page);
      }
    }
    restoreFocus(page);
  }).observe(document.body, { childList: true, subtree: true });
}

/** Restores the focus if it has just been lost. */
function restoreFocus(page: HTMLElement): void {
  if (!focused || focused.isConnected || (document.activeElement && document.activeElement !== document.body)) return;
  if (page.inert) document.querySelector<HTMLElement>(OPEN_DIALOG)?.focus();
  else (lastControl && usable(lastControl) ? lastControl : headingIn(page))?.focus();
}

function successor(removed: Node, lost: HTMLElement, change: MutationRecord, page: HTMLElement): HTMLElement | undefined {
  const scope = change.target instanceof HTMLElement && change.target.isConnected ? change.target : page;
  if (removed instanceof HTMLElement && removed.matches(ITEMS)) return inNextItem(removed, lost, change) ?? headingAbove(scope);
  // The same control, rendered anew: disabled buttons have another DOM structure.
  const rerendered = controls(scope).find((candidate) => candidate.tagName === lost.tagName && nameOf(candidate) === nameOf(lost) && usable(candidate));
  if (rerendered) return rerendered;
  const large = removed instanceof HTMLElement && removed.querySelector(`${HEADINGS}, ${ITEMS}`) !== null;
  return (large ? undefined : controlBefore(scope, change.previousSibling)) ?? headingAbove(scope);
}

/** Finds the control at the same position in the next item of a list, or in the previous candidate. */
function inNextItem(removed: HTMLElement, lost: HTMLElement, { nextSibling, previousSibling }: MutationRecord): HTMLElement | undefined {
  const fromEnd = controls(removed).reverse().indexOf(lost);
  const after: Element[] = [];
  for (let candidate = elementFrom(nextSibling, "next"); candidate; candidate = candidate.nextElementSibling) after.push(candidate);
  for (let candidate = elementFrom(previousSibling, "previous"); candidate; candidate = candidate.previousElementSibling) after.push(candidate);
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

/** Finds the nearest preceding control in the same form or section. */
function controlBefore(scope: HTMLElement, previous: Node | null): HTMLElement | undefined {
  const group = scope.closest<HTMLElement>("form, section, [data-focus-group]") ?? scope;
  const before = (candidate: HTMLElement) => {
    const from = previous ?? scope;
    const position = from.compareDocumentPosition(candidate);
    return from.contains(candidate) ? previous !== null : (position & Node.DOCUMENT_POSITION_PRECEDING) !== 0;
  };
  return controls(group)
    .filter((candidate) => usable(candidate) && before(candidate))
    .at(-1);
}

/** Finds the heading of the nearest ancestor that has candidate. */
function headingAbove(from: HTMLElement): HTMLElement | undefined {
  for (let element: HTMLElement | null = from; element; element = element.parentElement) {
    const heading = headingIn(element);
    if (heading) return heading;
  }
  return undefined;
}

function headingIn(element: HTMLElement): HTMLElement | undefined {
  const heading = [...element.querySelectorAll<HTMLElement>(HEADINGS)].find(usable);
  if (heading && !heading.hasAttribute("tabindex")) heading.tabIndex = -1;
  return heading;
}
