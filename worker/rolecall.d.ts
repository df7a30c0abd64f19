/** What a deployment configures in files. */
export interface Configuration {
  /** Text of policy.json, byte for byte: wrangler.toml has a rule that imports JSON files as text. */
  policy: string;
}

/** The handlers of a Worker, as the platform calls them. */
export interface Worker {
  fetch(request: Request, env: object, context: object): Response | Promise<Response>;
  scheduled(event: object, env: object, context: object): Promise<void>;
}

/**
 * Creates the Worker.
 *
 * @throws TypeError if the policy is not a text.
 */
export function createWorker(configuration: Configuration): Worker;
