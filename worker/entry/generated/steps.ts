// One step of each kind, as worker/src/encode.rs writes it; its unit test keeps this file, `tsc` checks it against the types.
import type { Step } from "../steps.ts";

export const steps: Step[] = [
  {"step":"database","statements":[["SELECT ?1, ?2, ?3",["it's \"quoted\"",9007199254740991,null]],["SELECT 1",[]]]},
  {"step":"kv-get","key":"k","cacheSeconds":30,"timeoutMs":50},
  {"step":"kv-put","key":"k","value":"v","ttlSeconds":60},
  {"step":"rate-limit","binding":"LIMIT_API","key":"k"},
  {"step":"body","max":null},
  {"step":"asset","page":true},
  {"step":"forward","url":"https://up.example/api/pods?a=b","service":true,"method":"POST","headers":{"x-a":"1","__proto__":"2"},"timeoutMs":30000,"bodyMax":7,"body":true},
  {"step":"wait","ms":1000},
  {"step":"send-email","from":"a@b.c","to":"d@e.f","subject":"s","text":"t","html":"h"},
  {"step":"post","url":"https://mail.example","headers":{"x-a":"1","__proto__":"2"},"body":"{}"},
  {"step":"fetch","url":"https://idp.example","headers":{},"form":"a=b","max":7},
  {"step":"verify-signature","algorithm":"RS256","jwk":{"alg":"RS256","e":"AQAB","kty":"RSA","n":"AQ"},"message":"AA==","signature":"AQ=="},
  {"step":"chunk"},
  {"step":"response","status":200,"page":true,"headers":[],"body":"stream","stream":3},
  {"step":"value"},
  {"step":"end","ok":true},
];
