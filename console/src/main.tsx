// Where the console begins: secrets leave the address bar first, then the pages are drawn.
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/parts.css";
import "./styles/layout.css";
import "./styles/pages.css";
import { CSPProvider } from "@base-ui/react/csp-provider";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { lazy, StrictMode, Suspense } from "react";
import { createRoot } from "react-dom/client";
import { asProblem } from "./data/client";
import { onAnnouncement } from "./data/windows";
import { keepFocus } from "./focus";
import { captureLink } from "./fragment";
import { makeRouter } from "./router";

captureLink();
// Another link pasted into the same tab changes the fragment alone, which loads nothing.
addEventListener("hashchange", () => {
  if (captureLink()) location.reload();
});

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      // An answer of the server is an answer; only what did not get through is tried again.
      retry: (count, error) => count < 2 && !isRefusal(error),
    },
  },
});

function isRefusal(error: unknown): boolean {
  const status = asProblem(error)?.status;
  return status !== undefined && status < 500;
}

onAnnouncement(() => void queries.invalidateQueries({ predicate: (query) => query.queryKey[0] !== "policy" && query.queryKey[0] !== "invitation" }));

// Nothing is said in the first moment: the list of messages may come after the page.
const Toasts = lazy(() => import("./parts/Toasts"));

const router = makeRouter(queries);
const place = document.getElementById("root");
if (place) {
  keepFocus(place);
  createRoot(place).render(
    <StrictMode>
      <CSPProvider disableStyleElements>
        <QueryClientProvider client={queries}>
          <RouterProvider router={router} />
          <Suspense>
            <Toasts />
          </Suspense>
        </QueryClientProvider>
      </CSPProvider>
    </StrictMode>,
  );
}
