import { messages } from "../messages";

export function useProductName(): string {
  return messages.common.product;
}
