// Stands in for modules of Node's that a peer names and a page does not have.
export default {};
export const readFileSync = undefined;
export const inherits = undefined;
export class AsyncLocalStorage {}
