// Texts that the Worker seals (crates/core/src/credential/sealed.rs), opened with the test's own key:
// for states that only time brings about.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";

/** LINK_KEYS of a Worker whose sealed cookies a test opens. */
export const KNOWN_KEYS = `l1:${Buffer.alloc(32, 7).toString("base64url")}`;

const TAG_BYTES = 32;
const STREAM_BYTES = 32;
const BLOCK_BYTES = 64;

function mac(label: string, parts: Uint8Array[], epoch = "0"): Buffer {
  const hmac = createHmac("sha256", Buffer.alloc(32, 7));
  for (const part of [Buffer.from(label), Buffer.from(epoch), ...parts]) {
    const length = Buffer.alloc(8);
    length.writeBigUInt64BE(BigInt(part.length));
    hmac.update(length).update(part);
  }
  return hmac.digest();
}

function applyStream(label: string, tag: Uint8Array, bytes: Uint8Array): Buffer {
  const count = Buffer.alloc(4);
  return Buffer.from(
    bytes.map((byte, index) => {
      count.writeUInt32BE(Math.floor(index / STREAM_BYTES));
      return byte ^ mac("sealed-stream", [Buffer.from(label), tag, count])[index % STREAM_BYTES];
    }),
  );
}

/** Opens the text of an encrypted purpose, changes its JSON payload, and seals it anew. */
export function reseal(label: string, text: string, change: (payload: any) => void): string {
  const [kid, encoded] = text.split(".");
  const bytes = Buffer.from(encoded, "base64url");
  const [body, tag] = [bytes.subarray(0, -TAG_BYTES), bytes.subarray(-TAG_BYTES)];
  const padded = applyStream(label, tag, body);
  assert.deepEqual(mac(label, [padded]), tag, `the text is not sealed as \`${label}\` with the test's key`);
  const payload = JSON.parse(padded.subarray(2, 2 + padded.readUInt16BE(0)).toString());
  change(payload);
  const json = Buffer.from(JSON.stringify(payload));
  const plain = Buffer.alloc(Math.ceil((2 + json.length) / BLOCK_BYTES) * BLOCK_BYTES);
  plain.writeUInt16BE(json.length);
  json.copy(plain, 2);
  const newTag = mac(label, [plain]);
  return `${kid}.${Buffer.concat([applyStream(label, newTag, plain), newTag]).toString("base64url")}`;
}
