"use client";
import { useSession } from "rolecall/react";

export function Account() {
  const session = useSession();
  if (session.status !== "signed-in") return null;
  return (
    <p>
      You use {session.account} as {session.role}.
    </p>
  );
}
