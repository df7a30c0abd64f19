// A text as a QR code, drawn as one path. Only the security settings load it, with its library.
import { useMemo } from "react";
import { encode } from "uqr";
import styles from "./QrCode.module.css";

/** Modules around the code that stay light (ISO/IEC 18004, section 9.1). */
const QUIET_ZONE = 4;

/** `label` is its accessible name. */
export function QrCode({ text, label }: { text: string; label: string }) {
  const { size, path } = useMemo(() => draw(text), [text]);
  return (
    <svg role="img" aria-label={label} viewBox={`0 0 ${size} ${size}`} shapeRendering="crispEdges" className={styles.qrCode}>
      <path d={path} />
    </svg>
  );
}

function draw(text: string): { size: number; path: string } {
  const { size, data } = encode(text, { ecc: "M", border: QUIET_ZONE });
  const square = (isDark: boolean, x: number, y: number) => (isDark ? `M${x} ${y}h1v1h-1z` : "");
  return { size, path: data.map((row, y) => row.map((isDark, x) => square(isDark, x, y)).join("")).join("") };
}
