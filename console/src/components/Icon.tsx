// The icon set: strokes on a 20 × 20 grid. Icons are decorative and hidden from screen readers.
import styles from "./Icon.module.css";
const paths = {
  team: "M7.5 9.5a2.75 2.75 0 1 0 0-5.5 2.75 2.75 0 0 0 0 5.5ZM2.5 16c.5-2.6 2.5-4 5-4s4.5 1.4 5 4M13 9.2a2.4 2.4 0 1 0-.8-4.6M14.5 12.3c1.7.4 2.7 1.7 3 3.7",
  log: "M5 3.5h10a1 1 0 0 1 1 1v11a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1v-11a1 1 0 0 1 1-1ZM7 7.5h6M7 10.5h6M7 13.5h3",
  key: "M7 13.5a3.5 3.5 0 1 1 3.3-4.7H17v3h-2v2h-2.5v-2h-2.2A3.5 3.5 0 0 1 7 13.5ZM7 10.05v-.1",
  shield: "M10 2.8 4 5v4.5c0 3.7 2.5 6.4 6 7.7 3.5-1.3 6-4 6-7.7V5l-6-2.2ZM7.4 9.9l1.9 1.9 3.4-3.7",
  settings:
    "M3.5 6H10M14.5 6h2M3.5 14h2M10 14h6.5M12.25 8.25a2.25 2.25 0 1 0 0-4.5 2.25 2.25 0 0 0 0 4.5ZM7.75 16.25a2.25 2.25 0 1 0 0-4.5 2.25 2.25 0 0 0 0 4.5Z",
  check: "m4.5 10.5 3.7 3.7 7.3-8",
  circle: "M10 13.25a3.25 3.25 0 1 0 0-6.5 3.25 3.25 0 0 0 0 6.5Z",
  minus: "M6.5 10h7",
  cross: "m5.5 5.5 9 9M14.5 5.5l-9 9",
  updown: "m6.5 7.5 3.5-3.5 3.5 3.5M6.5 12.5 10 16l3.5-3.5",
  down: "m5.5 8 4.5 4.5L14.5 8",
  right: "m8 5.5 4.5 4.5L8 14.5",
  plus: "M10 4.5v11M4.5 10h11",
  dots: "M4.5 10h.01M10 10h.01M15.5 10h.01",
  search: "M9 14.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11ZM13 13l4 4",
  copy: "M7.5 7.5V5a1 1 0 0 1 1-1H15a1 1 0 0 1 1 1v6.5a1 1 0 0 1-1 1h-2.5M5 7.5h6.5a1 1 0 0 1 1 1V15a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1V8.5a1 1 0 0 1 1-1Z",
  mail: "M3.5 5h13a.5.5 0 0 1 .5.5v9a.5.5 0 0 1-.5.5h-13a.5.5 0 0 1-.5-.5v-9a.5.5 0 0 1 .5-.5ZM3.5 6l6.5 5 6.5-5",
  eye: "M2.5 10S5.2 5 10 5s7.5 5 7.5 5-2.7 5-7.5 5-7.5-5-7.5-5ZM10 12.2a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4Z",
  eyeOff:
    "M3.5 3.5l13 13M8.2 5.2A8 8 0 0 1 10 5c4.8 0 7.5 5 7.5 5a14 14 0 0 1-2.1 2.7M5 6.8A13.5 13.5 0 0 0 2.5 10S5.2 15 10 15c1 0 2-.2 2.8-.6M8.5 8.5a2.2 2.2 0 0 0 3 3",
  out: "M12 4H5.5a1 1 0 0 0-1 1v10a1 1 0 0 0 1 1H12M9 10h8M14 7l3 3-3 3",
  sun: "M10 13.2a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4ZM10 2.5v1.5M10 16v1.5M2.5 10H4M16 10h1.5M4.7 4.7l1.1 1.1M14.2 14.2l1.1 1.1M15.3 4.7l-1.1 1.1M5.8 14.2l-1.1 1.1",
  moon: "M16.5 11.8A6.8 6.8 0 0 1 8.2 3.5a6.8 6.8 0 1 0 8.3 8.3Z",
  screen: "M4 4h12a1 1 0 0 1 1 1v7.5a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V5a1 1 0 0 1 1-1ZM7.5 16.5h5",
  phone: "M7 2.8h6a1 1 0 0 1 1 1v12.4a1 1 0 0 1-1 1H7a1 1 0 0 1-1-1V3.8a1 1 0 0 1 1-1ZM9.2 14.8h1.6",
  alert: "M10 3.2 2.8 16h14.4L10 3.2ZM10 8.5v3.5M10 14.2v.01",
  info: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM10 9.3v4M10 6.7v.01",
  user: "M10 10a3.25 3.25 0 1 0 0-6.5A3.25 3.25 0 0 0 10 10ZM4 16.5c.6-2.7 3-4 6-4s5.4 1.3 6 4",
  download: "M10 3.5v9M6.5 9l3.5 3.5L13.5 9M4 16.5h12",
  lock: "M5.5 9h9a1 1 0 0 1 1 1v5.5a1 1 0 0 1-1 1h-9a1 1 0 0 1-1-1V10a1 1 0 0 1 1-1ZM7 9V6.5a3 3 0 0 1 6 0V9",
  play: "M6.5 4.5v11l9-5.5-9-5.5Z",
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name, size = 18 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentColor"
      strokeWidth={name === "dots" ? 2.4 : 1.6}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      <path d={paths[name]} />
    </svg>
  );
}

/** The product's logo. */
export function Logo({ size = 28 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false" className={styles.logo}>
      <rect width="32" height="32" rx="8" />
      <path d="M8 11h8M8 16.5h5M8 22h5m3.5-3.5 3.2 3.2 5.3-7.2" />
    </svg>
  );
}
