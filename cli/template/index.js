// The Worker: your policy and your ways to sign in, read as text, and Rolecall. Add routes of your own by wrapping what createWorker returns.
import policy from "./policy.json";
import signIn from "./sign-in.json";
import { createWorker } from "rolecall-worker";

const worker = createWorker({ policy, signIn });
export default worker;
export const Rolecall = worker.Rolecall;
