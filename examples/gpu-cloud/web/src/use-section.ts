// Types of the API's responses, and the hook that sections use to read and change them. Requests use `rolecall.fetch`, which
// sends the permission token and rejects locally what the gateway would deny.
import { useCallback, useEffect, useState } from "react";
import { type Client, RolecallError } from "rolecall";
import { useCan, useRolecall } from "rolecall/react";

export type Permission = Parameters<Client["can"]>[0];

export interface Machine {
  id: string;
  name: string;
  gpu: string;
  gpu_count: number;
  state: "running" | "stopped";
  connect: string | null;
  micros_per_hour: number;
}

export interface Endpoint {
  id: string;
  name: string;
  requests: number;
}

export interface Volume {
  id: string;
  name: string;
  size_gb: number;
  micros_per_hour: number;
}

export interface PaymentMethod {
  id: string;
  brand: string;
  last4: string;
  exp: string;
}

export interface Bill {
  total_micros: number;
  micros_per_hour: number;
  items: {
    id: string;
    resource: { type: string; name: string };
    what: string;
    requests: number;
    started_at: string;
    ended_at: string | null;
    micros: number;
  }[];
}

export interface Items<T> {
  items: T[];
}

/** Formats millionths of a dollar: two decimals, or up to four below one dollar. */
export function dollars(micros: number): string {
  const value = micros / 1e6;
  return value.toLocaleString("en-US", { style: "currency", currency: "USD", minimumFractionDigits: 2, maximumFractionDigits: value < 1 ? 4 : 2 });
}

export const times = (count: number, one: string) => `${count} ${one}${count === 1 ? "" : "s"}`;

async function failure(response: Response): Promise<string> {
  const problem = (await response.json().catch(() => null)) as { detail?: string; errors?: { pointer: string; detail: string }[] } | null;
  const fields = problem?.errors?.map(({ detail }) => detail).join(" ");
  return fields || problem?.detail || `The API responded with status ${response.status}.`;
}

const messageOf = (error: unknown) => (error instanceof RolecallError || error instanceof Error ? error.message : String(error));

export interface Section<T> {
  /** Undefined while loading, and without the permission to read. */
  data: T | undefined;
  /** Whether the member has the permission to read the list. */
  visible: boolean;
  failed: string;
  busy: boolean;
  /** Sends a change, then reloads. Resolves to the response body; undefined if there is none or the request failed. */
  send: <A = unknown>(method: string, path: string, body?: object) => Promise<A | undefined>;
  reload: () => void;
}

/** Dispatched on the window after a change, so that the bill is fetched again. */
export const CHANGED_EVENT = "gpu-cloud-changed";

/** Loads a list if the member has the permission `see`. */
export function useSection<T>(path: string, see: Permission): Section<T> {
  const rolecall = useRolecall();
  const visible = useCan(see);
  const [data, setData] = useState<T>();
  const [failed, setFailed] = useState("");
  const [busy, setBusy] = useState(false);
  const [round, setRound] = useState(0);
  const reload = useCallback(() => setRound((n) => n + 1), []);

  useEffect(() => {
    if (!visible) return setData(undefined);
    let stale = false;
    const read = async () => {
      const response = await rolecall.fetch(`${path}?limit=100`);
      if (!response.ok) throw new Error(await failure(response));
      const body = (await response.json()) as T;
      if (!stale) setData(body);
    };
    read().catch((error: unknown) => stale || setFailed(messageOf(error)));
    return () => {
      stale = true;
    };
  }, [rolecall, path, visible, round]);

  const send = useCallback(
    async <A>(method: string, target: string, body?: object): Promise<A | undefined> => {
      setFailed("");
      setBusy(true);
      try {
        const init = body ? { method, headers: { "content-type": "application/json" }, body: JSON.stringify(body) } : { method };
        const response = await rolecall.fetch(target, init);
        if (!response.ok) throw new Error(await failure(response));
        return (response.status === 204 ? undefined : await response.json()) as A;
      } catch (error) {
        setFailed(messageOf(error));
        return undefined;
      } finally {
        setBusy(false);
        reload();
        dispatchEvent(new Event(CHANGED_EVENT));
      }
    },
    [rolecall, reload],
  );
  return { data, visible, failed, busy, send, reload };
}
