import type { NextConfig } from "next";

// The root is named because this folder is inside of another package.
const config: NextConfig = { turbopack: { root: import.meta.dirname } };

export default config;
