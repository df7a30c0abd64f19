// A placeholder for a page that is loading.
import { Skeleton } from "../components/Feedback";
import styles from "./Page.module.css";

export function PageSkeleton() {
  return (
    <div className={styles.page}>
      <Skeleton lines={3} height="card" />
    </div>
  );
}
