// Options that several commands have: where the local deployment listens, and where its data are.
import { join } from "node:path";
import { InvalidArgumentError, Option } from "commander";

/** Port of a local deployment by default. */
export const DEFAULT_PORT = 8787;

/** A port; undefined for an empty text, as of a variable that is set to nothing. */
function port(text: string): number | undefined {
  if (text === "") return undefined;
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > 65_535) throw new InvalidArgumentError(`${text} is no port.`);
  return number;
}

/** `--port`, or PORT. */
export const portOption = (description: string): Option => new Option("--port <number>", description).env("PORT").argParser(port);

/** `--persist-to`, or DATA_DIR: a default, so that DATA_DIR does not conflict with `--production`. */
export const persistToOption = (): Option =>
  new Option("--persist-to <folder>", "folder of the local data; DATA_DIR otherwise").default(process.env.DATA_DIR || join(".wrangler", "state"));
