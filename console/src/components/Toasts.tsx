// The toast list: short confirmations, announced politely.
import { useEffect } from "react";
import { Toast } from "@base-ui/react/toast";
import { messages } from "../messages";
import { IconButton } from "./Button";
import { Icon } from "./Icon";
import styles from "./Toasts.module.css";
import { cx } from "./cx";

const manager = Toast.createToastManager();

interface ToastMessage {
  title: string;
  type: "success" | "error" | "info";
  priority?: "high";
  timeout: number;
}

// Toasts shown before the list has mounted.
const queue: ToastMessage[] = [];
let mounted = false;

export function showToast(message: ToastMessage): void {
  if (mounted) manager.add(message);
  else queue.push(message);
}

function flushQueue(): void {
  mounted = true;
  for (const message of queue.splice(0)) manager.add(message);
}

export default function Toasts() {
  useEffect(flushQueue, []);
  return (
    <Toast.Provider toastManager={manager} limit={3}>
      <Toast.Portal>
        <Toast.Viewport className={styles.viewport}>
          <List />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  );
}

function List() {
  const { toasts } = Toast.useToastManager();
  return toasts.map((item) => (
    <Toast.Root
      key={item.id}
      toast={item}
      className={cx(styles.toast, item.type === "error" && styles.error, item.type === "info" && styles.info)}
      data-toast={item.type}
      swipeDirection={["down", "right"]}
    >
      <Toast.Content className={styles.content}>
        <Icon name={item.type === "error" ? "alert" : item.type === "info" ? "info" : "check"} />
        <Toast.Title className="grow" render={<p />} />
        <Toast.Close render={<IconButton icon="cross" label={messages.common.close} />} />
      </Toast.Content>
    </Toast.Root>
  ));
}
