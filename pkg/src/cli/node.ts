// The part of Node's API that the command uses, declared so that the package does not depend on @types/node.

export interface NodeProcess {
  argv: string[];
  exitCode: number;
  cwd(): string;
  stdout: { write(text: string): void };
  stderr: { write(text: string): void };
  getBuiltinModule(name: "node:fs"): {
    existsSync(path: string): boolean;
    readFileSync(path: string | URL, encoding: "utf8"): string;
    writeFileSync(path: string, text: string): void;
  };
  getBuiltinModule(name: "node:module"): { createRequire(from: string): { resolve(name: string): string } };
  getBuiltinModule(name: "node:path"): { join(...parts: string[]): string; dirname(path: string): string };
  getBuiltinModule(name: "node:url"): { pathToFileURL(path: string): URL };
}

export const { process } = globalThis as unknown as { process: NodeProcess };
