// Ids have a prefix for the resource type and are in order of creation (UUID version 7), so that lists are paged by id.
import { v7 } from "uuid";

type Prefix = "pod" | "cluster" | "ep" | "vol" | "pm" | "use" | "req";

export const newId = (prefix: Prefix): string => `${prefix}_${v7().replaceAll("-", "")}`;
