// `rolecall/testing`: a client for the tests of an app.
export { fakeClient } from "./fake-client.js";
export type { FakeClient, FakeClientOptions, FakeStatus } from "./fake-client.js";
export type { FakeFetch } from "./fake-transport.js";
