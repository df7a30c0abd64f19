// Applies the person's choice of light or dark before the first paint, so that the page does not flash.
// It is its own small file because the CSP allows no inline script. The choice is made in src/theme.ts.
try {
  var choice = localStorage.getItem("rolecall.theme");
  if (choice === "light" || choice === "dark") document.documentElement.dataset.theme = choice;
} catch (_) {
  // Without storage the system's choice stands.
}
