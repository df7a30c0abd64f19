// The Worker: your policy, read as text, and Rolecall. Add routes of your own by wrapping what createWorker returns.
import policy from "./policy.json";
import { createWorker } from "rolecall-worker";

const worker = createWorker({ policy });
export default worker;
export const Rolecall = worker.Rolecall;
