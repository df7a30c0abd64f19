// The Worker of this repository: its policy, read as text, and the built state machine. `rolecall-worker` has the same for others.
import policy from "../policy/default.json";
import signIn from "../policy/sign-in.json";
import { createWorker } from "./build/rolecall.js";

const worker = createWorker({ policy, signIn });
export default worker;
export const Rolecall = worker.Rolecall;
