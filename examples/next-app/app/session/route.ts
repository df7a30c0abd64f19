// A route handler of the app itself, for users who hold a permission.
import { withSession } from "rolecall/next";
import { baseUrl } from "../../rolecall";

export const GET = withSession({ baseUrl, permission: "pods.connect" }, (_request, session) =>
  Response.json({ user: session.user.id, account: session.account, role: session.role }),
);
