// Makes Rolecall and the API behind its gateway part of the app's origin, so that the session cookie is sent.
import { createProxy } from "rolecall/next";
import { baseUrl } from "./rolecall";

export const proxy = createProxy({ baseUrl });

export const config = { matcher: ["/v1/:path*", "/api/:path*"] };
