// Modules that the build makes; package.json's `imports` says where they stand.

/** The bytes out of JavaScript. */
declare module "#inline" {
  export function embedded(): Uint8Array<ArrayBuffer>;
}

/** The WebAssembly as this runtime gets it from the package. */
declare module "#wasm" {
  export function embedded(): WebAssembly.Module | Uint8Array<ArrayBuffer>;
}
