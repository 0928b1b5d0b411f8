import fc from "fast-check"
import type { Plain } from "./signer.js"

export const nowMs = Date.UTC(2026, 10, 29, 12)

export const credentials = {
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
}
export const session = {
  ...credentials,
  accessKeyId: "ASIAIOSFODNN7EXAMPLE",
  sessionToken: "token/+=",
}

export const sessionLookup = (accessKeyId: string, token?: string) =>
  accessKeyId === session.accessKeyId && token === session.sessionToken ? session : undefined

const text = fc.string({ unit: fc.constantFrom(..."aZ09-_.~ !'()*/+=&?%ü€"), maxLength: 12 })
const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,10}$/).filter((one) => one !== "host")

/** Any request that an HTTP client can send. */
export const anyRequest: fc.Arbitrary<Plain> = fc.record({
  method: fc.constantFrom("GET", "POST", "PUT", "DELETE"),
  path: fc
    .array(text, { maxLength: 3 })
    .map((parts) => `/${parts.map((part) => encodeURIComponent(part)).join("/")}`),
  query: fc.dictionary(
    text.filter((one) => one !== "" && !/^x-amz-/i.test(one)),
    fc.oneof(text, fc.array(text, { minLength: 1, maxLength: 3 })),
    { maxKeys: 4 },
  ),
  headers: fc.dictionary(
    name.map((one) => `x-${one}`).filter((one) => !/^x-(amz-|amzn-)/.test(one)),
    fc.stringMatching(/^[ -~]{0,20}$/),
    { maxKeys: 4 },
  ),
  body: fc.uint8Array({ maxLength: 64 }),
})
