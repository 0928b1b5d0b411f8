import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { createSigV4Verifier, type SignedRequest } from "../src/index.js"
import { anyRequest, nowMs, session, sessionLookup } from "./support/any-request.js"
import { presigned, signed } from "./support/signer.js"

/*
 * Random requests, signed by the AWS SDK, in each of whose fields something is changed. 10,000 of
 * them with SLOW=1.
 */

interface Change {
  readonly what: string
  readonly request: SignedRequest
}

/** Another character in the place of one; never one that stands for the same. */
const changedAt = (text: string, at: number): string => {
  const other = text[at] === "b" ? "c" : "b"
  return `${text.slice(0, at)}${other}${text.slice(at + 1)}`
}

/** Every header is left out, changed in the middle, and made longer; one more comes. */
function headerChanges(request: SignedRequest): readonly Change[] {
  const changes = Object.entries(request.headers).flatMap(([name, value]) => {
    const text = String(value)
    const middle = changedAt(text, Math.floor(text.length / 2))
    return [`${text}b`, middle, `b${text}`, undefined].map((other) => ({
      what: `${name}: ${other}`,
      request: { ...request, headers: { ...request.headers, [name]: other } },
    }))
  })
  const more = { ...request, headers: { ...request.headers, "x-amz-more": "b" } }
  return [...changes, { what: "one more header", request: more }]
}

/** Every parameter of the query and of the signature in a header, with a name and a value. */
function parameterChanges(request: SignedRequest): readonly Change[] {
  const { target, headers } = request
  const start = target.indexOf("?") + 1
  const parts = start === 0 ? [] : target.slice(start).split("&")
  const inQuery = parts.flatMap((part, i) => {
    const replaced = (...others: readonly string[]) =>
      `${target.slice(0, start)}${[...parts.slice(0, i), ...others, ...parts.slice(i + 1)].join("&")}`
    return [replaced(`b${part}`), replaced(`${part}b`), replaced(), replaced(part, part)]
  })
  const path = start === 0 ? target : target.slice(0, start - 1)
  const rest = target.slice(path.length)
  const targets = [...inQuery, `${path}/b${rest}`, `/b${target}`, `${target}${rest ? "&" : "?"}b=c`]
  const authorization = String(headers["authorization"] ?? "")
  const fields = [...authorization.matchAll(/(?:Credential|SignedHeaders|Signature)=/g)]
  return [
    ...targets.map((other) => ({ what: other, request: { ...request, target: other } })),
    ...fields.flatMap(({ 0: name, index }) =>
      [0, 1, 20].map((offset) => {
        const other = changedAt(authorization, index + name.length + offset)
        return {
          what: `${name} ${offset}`,
          request: { ...request, headers: { ...headers, authorization: other } },
        }
      }),
    ),
  ]
}

function changesOf(request: SignedRequest): readonly Change[] {
  const { method, body } = request
  const flipped = body.map((byte, i) => (i === body.length - 1 ? byte ^ 1 : byte))
  const all = [
    ...headerChanges(request),
    ...parameterChanges(request),
    { what: "method", request: { ...request, method: method === "PUT" ? "GET" : "PUT" } },
    { what: "a longer body", request: { ...request, body: Uint8Array.of(...body, 0) } },
    { what: "a shorter body", request: { ...request, body: body.slice(1) } },
    { what: "another body", request: { ...request, body: flipped } },
  ]
  // What was empty cannot be shorter.
  return all.filter(({ what }) => body.length > 0 || !/shorter|another/.test(what))
}

describe("a request whose signature is taken", () => {
  const runs = process.env["SLOW"] === "1" ? 5000 : 60

  it.each([
    ["in its header", signed],
    ["in its query", presigned],
  ] as const)("%s, is refused when any field of it is changed", async (_form, sign) => {
    const verifier = createSigV4Verifier({ region: "eu-central-1", clock: () => nowMs })
    await fc.assert(
      fc.asyncProperty(anyRequest, async (plain) => {
        const request = await sign(plain, session, nowMs)
        await verifier.verify(request, sessionLookup)
        const taken: string[] = []
        for (const { what, request: changed } of changesOf(request)) {
          const outcome = await verifier.verify(changed, sessionLookup).then(
            () => "taken",
            ({ name }: Error) => name,
          )
          if (!outcome.endsWith("Exception")) taken.push(`${what} (${outcome})`)
        }
        expect(taken).toEqual([])
      }),
      { numRuns: runs },
    )
  })
})
