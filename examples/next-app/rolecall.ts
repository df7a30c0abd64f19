// Where Rolecall is, for the server.
export const baseUrl = process.env.ROLECALL_URL ?? "http://localhost:8787";
