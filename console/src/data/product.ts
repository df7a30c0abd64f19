// The product's name, as the console shows it.
import { text } from "../text";

export function useProduct(): string {
  return text.product;
}
