import { catalogue, errorTable, type OperationName } from "@keywright/core"
import fc from "fast-check"
import { beforeAll, describe, expect, test } from "vitest"
import { awsSdkHandler, type HttpRequest, type RequestHandler } from "../src/index.js"
import { createEngine } from "./support/engine.js"
import { headersFor, hostname, requestFor, send } from "./support/requests.js"
import { sampleOf } from "./support/samples.js"

const isSlow = process.env.SLOW === "1"
const numRuns = isSlow ? 20_000 : 300

let handler: RequestHandler
const valid = new Map<string, string>()

/** A value as a client writes it: blobs in Base64, times in seconds. */
const wire = (_name: string, value: unknown): unknown =>
  ArrayBuffer.isView(value)
    ? Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64")
    : value

const operations = Object.keys(catalogue) as OperationName[]

beforeAll(async () => {
  const kms = await createEngine()
  handler = awsSdkHandler(kms).requestHandler
  for (const operation of operations) {
    // An engine of its own for each sample: some of them take the same names.
    const other = await createEngine({ seed: valid.size })
    const input = await sampleOf(operation)(other.as(other.administrator))
    const blobs = Object.entries(input).map(([name, value]) => [name, wire(name, value)])
    valid.set(operation, JSON.stringify(Object.fromEntries(blobs)))
  }
})

const protocolErrors = [
  "IncompleteSignatureException",
  "InvalidSignatureException",
  "MissingAuthenticationTokenException",
  "RequestEntityTooLargeException",
]
const refusals = new Set([...Object.keys(errorTable), ...protocolErrors])

/** Whatever is sent, there is an answer: a reply, or a refusal that blames the request. */
async function expectAnswer(request: HttpRequest): Promise<void> {
  const { status, type, body } = await send(handler, request)
  expect([200, 400, 413]).toContain(status)
  if (status !== 200) expect(refusals).toContain(type)
  expect(body.__type).toBe(status === 200 ? undefined : type)
  expect(Object.keys(Object.prototype)).toEqual([])
}

const operation = fc.constantFrom(...operations)

/** JSON with the names of real members, so that it gets past the first look. */
const memberName = fc.constantFrom(
  ...["KeyId", "Plaintext", "CiphertextBlob", "EncryptionContext", "GrantTokens", "Tags"],
  ...["TagKeys", "Limit", "Marker", "Policy", "Recipient", "AttestationDocument", "DryRun"],
  ...["TagKey", "TagValue", "__proto__", "constructor", "toString", "length"],
)
const { value: plausible } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom(null, true, false, 0, -0, 1, 1.5, 1e21, 1e308),
    fc.string({ unit: "binary" }),
    fc.base64String(),
    fc.array(tie("value")),
    tie("object"),
  ),
  object: fc.array(fc.tuple(memberName, tie("value"))).map((pairs) => Object.fromEntries(pairs)),
}))

describe("the protocol answers", () => {
  test("any bytes", async () => {
    const property = fc.asyncProperty(operation, fc.uint8Array({ size: "medium" }), (name, bytes) =>
      expectAnswer(requestFor(name, bytes)),
    )
    await fc.assert(property, { numRuns })
  })

  test("any JSON", async () => {
    const body = fc.oneof(
      fc.json(),
      plausible.map((value) => JSON.stringify(value)),
    )
    const property = fc.asyncProperty(operation, body, (name, text) =>
      expectAnswer(requestFor(name, text)),
    )
    await fc.assert(property, { numRuns: numRuns * 3 })
  })

  test("valid requests with some bytes changed", async () => {
    const edits = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 })
    const property = fc.asyncProperty(operation, edits, (name, changes) => {
      const body = new TextEncoder().encode(valid.get(name))
      for (const [offset, byte] of changes) body[offset % body.length] = byte
      return expectAnswer(requestFor(name, body))
    })
    await fc.assert(property, { numRuns })
  })

  test("valid requests with one member changed", async () => {
    const property = fc.asyncProperty(operation, fc.nat(), plausible, (name, index, value) => {
      const members = Object.entries(JSON.parse(valid.get(name) ?? ""))
      if (members.length > 0) (members[index % members.length] as unknown[])[1] = value
      return expectAnswer(requestFor(name, JSON.stringify(Object.fromEntries(members))))
    })
    await fc.assert(property, { numRuns: numRuns * 3 })
  })

  test("any headers, methods and paths", async () => {
    const piece = fc.constantFrom(
      ...["AWS4-HMAC-SHA256 ", "Credential=", "Signature=", "SignedHeaders=", "a/20310517"],
      ...["/us-east-1/kms/aws4_request", ",", " ", "=", "/", "TrentService.", "ListKeys", "\u0000"],
    )
    const noise = fc.oneof(
      fc.array(fc.oneof(piece, fc.string())).map((parts) => parts.join("")),
      fc.string({ unit: "binary" }),
    )
    const name = fc.oneof(fc.constantFrom(...Object.keys(headersFor(""))), fc.string())
    const headers = fc.dictionary(name, noise)
    const method = fc.oneof(fc.constant("POST"), fc.string())
    const path = fc.oneof(fc.constant("/"), fc.webPath())
    const property = fc.asyncProperty(headers, method, path, (changed, verb, where) =>
      expectAnswer(
        requestFor("ListKeys", "{}", {
          headers: { ...headersFor("ListKeys"), ...changed },
          method: verb,
          path: where,
        }),
      ),
    )
    await fc.assert(property, { numRuns })
  })

  test("no host that is not its own", async () => {
    const label = fc.constantFrom("kms", "kms-fips", "us-east-1", "amazonaws", "com", "api", "aws")
    const host = fc.oneof(
      fc.array(fc.oneof(label, fc.string()), { maxLength: 6 }).map((labels) => labels.join(".")),
      fc.domain(),
      fc.string({ unit: "binary" }),
    )
    const own = new Set([
      ...[hostname, "kms-fips.us-east-1.amazonaws.com"],
      ...["kms.us-east-1.api.aws", "kms-fips.us-east-1.api.aws"],
    ])
    const property = fc.asyncProperty(host, async (name) => {
      const sent = send(handler, requestFor("ListKeys", "{}", { hostname: name }))
      if (own.has(name)) await expect(sent).resolves.toHaveProperty("status", 200)
      else await expect(sent).rejects.toHaveProperty("name", "EndpointError")
    })
    await fc.assert(property, { numRuns })
  })
})
