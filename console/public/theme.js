// Applies the stored color scheme before the first paint, so that the page does not flash.
// A file of its own because the CSP allows no inline script; src/theme.ts stores the choice.
try {
  var choice = localStorage.getItem("rolecall.theme");
  if (choice === "light" || choice === "dark") document.documentElement.dataset.theme = choice;
} catch (_) {
  // Without storage, the system setting applies.
}
