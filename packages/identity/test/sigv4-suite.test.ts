import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { type SignedRequest, type SigV4Reason, verifySigV4 } from "../src/index.js"

/*
 * The published suite of AWS: requests as they are signed in a header and in a query. `source` in
 * the file says where it comes from.
 */

interface Written {
  readonly method: string
  readonly target: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string
}

interface Case {
  readonly name: string
  readonly header: Written
  readonly query: Written
}

const file = new URL("vectors/sigv4-suite.json", import.meta.url)
const { cases } = JSON.parse(readFileSync(file, "utf8")) as { cases: readonly Case[] }

/** Several values of one name come as a list, as Node has them. */
function requestOf({ method, target, headers, body }: Written): SignedRequest {
  const lists = new Map<string, string[]>()
  for (const [name, value] of headers) lists.set(name, [...(lists.get(name) ?? []), value])
  return {
    ...{ method, target, body: new TextEncoder().encode(body) },
    headers: Object.fromEntries(lists),
  }
}

const verify = (written: Written) =>
  verifySigV4(
    requestOf(written),
    (accessKeyId) => ({ accessKeyId, secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" }),
    { region: "us-east-1", service: "service", clock: () => Date.UTC(2015, 7, 30, 12, 36) },
  )

/** What is refused, on purpose. */
const refused: readonly (readonly [name: RegExp, reason: SigV4Reason])[] = [
  // A target with a space in it cannot be sent.
  [/^get-space-/, "not understood"],
  // A path as it stands, which Amazon S3 alone has.
  [/-unnormalized$/, "wrong signature"],
]

const reasonFor = (name: string): SigV4Reason | undefined =>
  refused.find(([pattern]) => pattern.test(name))?.[1]

describe("the published suite", () => {
  it.each(cases)("has $name, signed in its header", async ({ name, header }) => {
    // A session token that was added behind the signature.
    const reason = name === "post-sts-header-after" ? "header not signed" : reasonFor(name)
    if (reason === undefined) await verify(header)
    else await expect(verify(header)).rejects.toMatchObject({ reason })
  })

  it.each(cases)("has $name, signed in its query", async ({ name, query }) => {
    const reason = name === "post-sts-header-after" ? "wrong signature" : reasonFor(name)
    if (reason === undefined) await verify(query)
    else await expect(verify(query)).rejects.toMatchObject({ reason })
  })
})
