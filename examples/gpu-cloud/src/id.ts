// Ids say what they name and grow with time (UUID version 7), so that lists are paged by id alone.
import { v7 } from "uuid";

type Prefix = "pod" | "cluster" | "ep" | "vol" | "pm" | "use" | "req";

export const newId = (prefix: Prefix): string => `${prefix}_${v7().replaceAll("-", "")}`;
