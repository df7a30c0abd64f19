// The entry point.
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/utilities.css";
import { CSPProvider } from "@base-ui/react/csp-provider";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { lazy, StrictMode, Suspense } from "react";
import { createRoot } from "react-dom/client";
import { asRolecallError } from "./data/client";
import { onBroadcast } from "./data/cross-tab";
import { installFocusRestoration } from "./focus-restoration";
import { captureLinkSecrets } from "./link-secrets";
import { makeRouter } from "./router";

captureLinkSecrets();
// A link pasted into the same tab changes only the fragment, which loads nothing.
addEventListener("hashchange", () => {
  if (captureLinkSecrets()) location.reload();
});

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      // Retries network failures and server errors, not refusals.
      retry: (count, error) => count < 2 && !isRefusal(error),
    },
  },
});

function isRefusal(error: unknown): boolean {
  const status = asRolecallError(error)?.status;
  return status !== undefined && status < 500;
}

onBroadcast(() => void queries.invalidateQueries({ predicate: (query) => query.queryKey[0] !== "policy" && query.queryKey[0] !== "invitation" }));

// Loaded lazily: there are no toasts at first.
const Toasts = lazy(() => import("./components/Toasts"));

const router = makeRouter(queries);
const place = document.getElementById("root");
if (place) {
  installFocusRestoration(place);
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
