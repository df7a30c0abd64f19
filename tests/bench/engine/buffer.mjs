// casbin reads its policy lines with Node's Buffer; a page has to bring one.
export { Buffer } from "../node_modules/buffer/index.js";
