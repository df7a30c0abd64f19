// Short confirmations at the edge of the screen, announced politely. Anything that needs an answer is no toast.
import { useEffect } from "react";
import { Toast } from "@base-ui/react/toast";
import { text } from "../text";
import { IconButton } from "./Button";
import { Icon } from "./Icon";

const manager = Toast.createToastManager();

interface Message {
  title: string;
  type: "good" | "bad" | "info";
  priority?: "high";
  timeout: number;
}

// Messages that come before the list is on the page wait for it.
const waiting: Message[] = [];
let shown = false;

export function show(message: Message): void {
  if (shown) manager.add(message);
  else waiting.push(message);
}

function ready(): void {
  shown = true;
  for (const message of waiting.splice(0)) manager.add(message);
}

export default function Toasts() {
  useEffect(ready, []);
  return (
    <Toast.Provider toastManager={manager} limit={3}>
      <Toast.Portal>
        <Toast.Viewport className="toasts">
          <List />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  );
}

function List() {
  const { toasts } = Toast.useToastManager();
  return toasts.map((item) => (
    <Toast.Root key={item.id} toast={item} className={`toast ${item.type ?? ""}`} swipeDirection={["down", "right"]}>
      <Toast.Content className="toast-content">
        <Icon name={item.type === "bad" ? "alert" : item.type === "info" ? "info" : "check"} />
        <Toast.Title className="grow" render={<p />} />
        <Toast.Close render={<IconButton icon="cross" label={text.close} />} />
      </Toast.Content>
    </Toast.Root>
  ));
}
