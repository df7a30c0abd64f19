import { text } from "../text";

export function useProductName(): string {
  return text.product;
}
