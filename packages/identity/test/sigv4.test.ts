import fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  createReplayWindow,
  createSigV4Verifier,
  type SignedRequest,
  SigV4Error,
  type SigV4Reason,
  verifySigV4,
} from "../src/index.js"
import { anyRequest, credentials, nowMs, session } from "./support/any-request.js"
import { type Plain, presigned, signed } from "./support/signer.js"

const options = { region: "eu-central-1", clock: () => nowMs }
const lookup = (accessKeyId: string, token?: string) =>
  [credentials, session].find(
    (one) =>
      one.accessKeyId === accessKeyId &&
      ("sessionToken" in one ? one.sessionToken : undefined) === token,
  )

const plain: Plain = {
  method: "POST",
  path: "/",
  query: {},
  headers: { "content-type": "application/x-amz-json-1.1", "x-amz-target": "TrentService.Decrypt" },
  body: new TextEncoder().encode('{"KeyId":"alias/app"}'),
}

const verify = (request: SignedRequest, more: object = {}) =>
  verifySigV4(request, lookup, { ...options, ...more })

const refused = async (request: SignedRequest, reason: SigV4Reason, more: object = {}) =>
  expect(verify(request, more)).rejects.toMatchObject({ reason })

describe("a signature", () => {
  it("that the AWS SDK made is taken, of any request, in header and query", async () => {
    const runs = process.env["SLOW"] ? 5000 : 300
    await fc.assert(
      fc.asyncProperty(anyRequest, fc.constantFrom(credentials, session), async (one, who) => {
        for (const sign of [signed, presigned]) {
          const { accessKeyId, key } = await verify(await sign(one, who, nowMs))
          expect([accessKeyId, key]).toEqual([who.accessKeyId, who])
        }
      }),
      { numRuns: runs },
    )
  })

  it("is refused when anything that it covers is changed", async () => {
    const one = { ...plain, query: { a: "b" } }
    for (const sign of [signed, presigned]) {
      const request = await sign(one, session, nowMs)
      const changes: readonly SignedRequest[] = [
        { ...request, method: "PUT" },
        { ...request, target: request.target.replace("/?", "/x?") },
        { ...request, target: request.target.replace("a=b", "a=c") },
        { ...request, target: `${request.target}&c=d` },
        { ...request, body: request.body.slice(1) },
        ...Object.entries(request.headers).flatMap(([header, value]) =>
          [`${value}x`, String(value).slice(1), undefined].map((other) => ({
            ...request,
            headers: { ...request.headers, [header]: other },
          })),
        ),
        { ...request, headers: { ...request.headers, "x-amz-other": "1" } },
        ...[...request.target.matchAll(/X-Amz-[A-Za-z-]+=([^&]+)/g)].map((found) => ({
          ...request,
          target: request.target.replace(
            found[0],
            found[0].replace(/.$/, (end) => (end === "0" ? "1" : "0")),
          ),
        })),
      ]
      expect(changes.length).toBeGreaterThan(15)
      for (const changed of changes) {
        await expect(verify(changed)).rejects.toBeInstanceOf(SigV4Error)
      }
      await verify(request)
    }
  })

  it("of another secret, of nobody, and of a token that is not the key's is refused", async () => {
    const other = { ...credentials, secretAccessKey: "another secret" }
    await refused(await signed(plain, other, nowMs), "wrong signature")
    await refused(
      await signed(plain, { ...credentials, accessKeyId: "AKIANOBODY" }, nowMs),
      "unknown key",
    )
    await refused(await signed(plain, { ...session, sessionToken: "stolen" }, nowMs), "unknown key")
    await refused(
      await signed(plain, { ...credentials, accessKeyId: session.accessKeyId }, nowMs),
      "unknown key",
    )
  })

  it("is for one region, one service and one day", async () => {
    await refused(await signed(plain, credentials, nowMs, "us-east-1"), "wrong scope")
    const request = await signed(plain, credentials, nowMs)
    const authorization = String(request.headers["authorization"])
    for (const [from, to] of [
      ["/kms/", "/sts/"],
      ["/aws4_request", "/aws5_request"],
      ["/20261129/", "/20261128/"],
    ] as const) {
      const headers = { ...request.headers, authorization: authorization.replace(from, to) }
      await refused({ ...request, headers }, "wrong scope")
    }
  })

  it("lasts a quarter of an hour on either side of now, and no longer", async () => {
    const minutes = (count: number) => nowMs + count * 60_000
    await verify(await signed(plain, credentials, minutes(-15)))
    await verify(await signed(plain, credentials, minutes(15)))
    await refused(await signed(plain, credentials, minutes(-15) - 1000), "expired")
    await refused(await signed(plain, credentials, minutes(15) + 1000), "too early")
    await expect(verify(await signed(plain, credentials, minutes(-16)))).rejects.toThrow(
      "Signature expired: 20261129T114400Z is now earlier than 20261129T114500Z (20261129T120000Z - 15 min.)",
    )
  })

  it("in a query lasts as long as it says, seven days at most", async () => {
    const request = await presigned(plain, credentials, nowMs, 60)
    await verify(request, { clock: () => nowMs + 60_000 })
    const late = { clock: () => nowMs + 61_000 }
    await refused(request, "expired", { clock: () => nowMs + 60_001 })
    await expect(verify(request, late)).rejects.toThrow(
      /^Signature expired: 20261129T120000Z is now earlier than 20261129T120101Z$/,
    )
    const week = await presigned(plain, credentials, nowMs, 604_800)
    await verify(week, { clock: () => nowMs + 604_800_000 })
    const target = week.target.replace("Expires=604800", "Expires=604801")
    await refused({ ...week, target }, "not understood")
  })

  it("covers the host and every header of AWS", async () => {
    const request = await signed(plain, credentials, nowMs)
    const without = (header: string) =>
      String(request.headers["authorization"]).replace(/SignedHeaders=[^,]+/, (list) =>
        list.replace(`${header};`, "").replace(`=${header}`, "="),
      )
    for (const header of ["host", "x-amz-date", "x-amz-content-sha256"]) {
      const headers = { ...request.headers, authorization: without(header) }
      await refused({ ...request, headers }, "header not signed")
      const named = header === "host" ? "'Host' or ':authority'" : `'${header}'`
      const said = `${named} must be a 'SignedHeader' in the AWS Authorization.`
      await expect(verify({ ...request, headers })).rejects.toThrow(said)
    }
  })

  it("over a body whose hash is said to be another is refused", async () => {
    const request = await signed(plain, credentials, nowMs)
    for (const said of ["UNSIGNED-PAYLOAD", "0".repeat(64)]) {
      const headers = { ...request.headers, "x-amz-content-sha256": said }
      await refused({ ...request, headers }, "wrong payload")
    }
  })

  it("is taken once where it may not be replayed", async () => {
    const replay = createReplayWindow(2)
    const request = await signed(plain, credentials, nowMs)
    await verify(request, { replay })
    await refused(request, "replayed", { replay })
    await verify(await signed(plain, credentials, nowMs + 1000), { replay })
    // A full window takes nothing that it could not remember.
    const third = await signed(plain, credentials, nowMs + 2000)
    await refused(third, "replayed", { replay })
    const late = await signed(plain, credentials, nowMs + 3_600_000)
    await verify(late, { replay, clock: () => nowMs + 3_600_000 })
  })

  it("may be one of at least one that is remembered", () => {
    for (const wrong of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => createReplayWindow(wrong)).toThrow(TypeError)
    }
    const window = createReplayWindow(1)
    expect(window.enter("a", nowMs, nowMs + 1)).toBe(true)
    expect(window.enter("b", nowMs, nowMs + 1)).toBe(false)
    // What has expired makes room, and what lasts until now has not.
    expect(window.enter("b", nowMs + 1, nowMs + 2)).toBe(false)
    expect(window.enter("b", nowMs + 1002, nowMs + 2000)).toBe(true)
  })

  it("is looked for among those that have expired once a second, and when there is no room", () => {
    const window = createReplayWindow(2)
    const enter = (signature: string, atMs: number, lastsMs: number) =>
      window.enter(signature, nowMs + atMs, nowMs + atMs + lastsMs)
    expect([enter("a", 0, 10), enter("b", 5000, 10)]).toEqual([true, true])
    // While there is room none is forgotten, also of those that nobody would take any more.
    expect([enter("a", 5000, 10), enter("b", 5001, 10)]).toEqual([false, false])
    expect(enter("c", 5005, 10)).toBe(true)
    expect([enter("d", 6004, 10), enter("d", 6005, 10)]).toEqual([false, true])
    const one = createReplayWindow(1)
    expect(one.enter("a", nowMs, nowMs + 5000)).toBe(true)
    expect(one.enter("b", nowMs + 5000, nowMs + 9000)).toBe(false)
    expect(one.enter("b", nowMs + 6000, nowMs + 9000)).toBe(true)
  })

  it("is verified with the secret of now, not with a key derived from an older one", async () => {
    const verifier = createSigV4Verifier(options)
    const request = await signed(plain, credentials, nowMs)
    await verifier.verify(request, lookup)
    const renewed = { ...credentials, secretAccessKey: "renewed" }
    await expect(verifier.verify(request, () => renewed)).rejects.toMatchObject({
      reason: "wrong signature",
    })
    await verifier.verify(await signed(plain, renewed, nowMs), () => renewed)
    verifier.close()
    await verifier.verify(request, lookup)
  })
})

/** What presigned queries are made of, and what they should not be. */
const queryPiece = fc.constantFrom(
  ...["X-Amz-Algorithm=AWS4-HMAC-SHA256", "X-Amz-Credential=a%2F20261129%2Feu-central-1", "&"],
  ...["%2Fkms%2Faws4_request", "X-Amz-Date=20261129T120000Z", "X-Amz-Expires=", "60", "-1", "%"],
  ...["X-Amz-SignedHeaders=host", `X-Amz-Signature=${"0".repeat(64)}`, "x-amz-signature=1", ";"],
  ...["X-Amz-Security-Token=", "=", "%00", "ü", "+", "__proto__"],
)

describe("a request", () => {
  it.each<readonly [string, SignedRequest["headers"], string, SigV4Reason]>([
    ["without a signature", { host: "h" }, "/", "not signed"],
    ["with another algorithm", { authorization: "AWS4-ECDSA-P256 x" }, "/", "not understood"],
    [
      "with half a signature",
      { authorization: "AWS4-HMAC-SHA256 Credential=a/b/c/d/e" },
      "/",
      "incomplete",
    ],
    [
      "signed twice",
      { authorization: "AWS4-HMAC-SHA256 x" },
      "/?X-Amz-Signature=a",
      "not understood",
    ],
    [
      "with a query that is not encoded",
      { authorization: "AWS4-HMAC-SHA256 x" },
      "/?a=%zz",
      "not understood",
    ],
    ["with a path that is none", {}, "kms", "not understood"],
    ["with a header twice", { host: "a", Host: "b" }, "/", "not understood"],
    ["with a header that is none", { "a b": "c" }, "/", "not understood"],
  ])("%s is refused by name", async (_, headers, target, reason) => {
    await refused({ method: "POST", target, headers, body: new Uint8Array() }, reason)
  })

  it("of any bytes is refused, and neither crashes nor hangs", async () => {
    const anything = fc.record({
      method: fc.string(),
      target: fc
        .oneof(
          fc.string(),
          fc.array(queryPiece, { maxLength: 12 }).map((pieces) => `?${pieces.join("")}`),
        )
        .map((one) => `/${one}`),
      headers: fc.dictionary(
        fc.constantFrom("authorization", "x-amz-date", "host", "date", "x-amz-security-token"),
        fc.oneof(
          fc.string(),
          fc
            .string()
            .map(
              (one) =>
                `AWS4-HMAC-SHA256 Credential=${one}/20261129/eu-central-1/kms/aws4_request, SignedHeaders=host, Signature=${"0".repeat(64)}`,
            ),
        ),
      ),
      body: fc.uint8Array(),
    })
    // Half a character has no bytes, wherever it stands.
    for (const target of ["/\ud800", "/?a=\ud800", "/?\udfff=a"]) {
      const request = await signed(plain, credentials, nowMs)
      await expect(verify({ ...request, target })).rejects.toBeInstanceOf(SigV4Error)
    }
    await fc.assert(
      fc.asyncProperty(anything, async (request) => {
        await expect(verify(request)).rejects.toBeInstanceOf(SigV4Error)
      }),
      { numRuns: process.env["SLOW"] ? 20_000 : 500 },
    )
  })
})
