import { describe, expect, it } from "vitest"
import {
  createSigV4Verifier,
  type KnownAccessKey,
  type SignedRequest,
  SigV4Error,
  type SigV4Options,
  type SigV4Reason,
  sigV4Reasons,
  targetOf,
  verifySigV4,
} from "../src/index.js"
import type { Claim } from "../src/sigv4/claim.js"
import { hexOf, isEqualText, nobleHashing, type SigV4Hashing, utf8 } from "../src/sigv4/hashing.js"
import { createSigningKeys } from "../src/sigv4/signing-keys.js"
import { credentials, nowMs, session, sessionLookup } from "./support/any-request.js"
import { type Plain, presigned, signed } from "./support/signer.js"

const options: SigV4Options = { region: "eu-central-1", clock: () => nowMs }
const plain: Plain = {
  ...{ method: "POST", path: "/", query: {}, body: utf8("{}") },
  headers: { "content-type": "application/x-amz-json-1.1" },
}
const lookup = (): KnownAccessKey => credentials

async function expectRefused(
  request: SignedRequest,
  reason: SigV4Reason,
  message: string,
  more: Partial<SigV4Options> = {},
): Promise<void> {
  const call = verifySigV4(request, lookup, { ...options, ...more })
  await expect(call).rejects.toMatchObject({ reason, message })
}

/** With another text in its header `authorization`. */
const authorizedBy = (request: SignedRequest, change: (text: string) => string): SignedRequest => ({
  ...request,
  headers: { ...request.headers, authorization: change(String(request.headers["authorization"])) },
})

describe("a refusal of a signature", () => {
  it.each<[SigV4Reason, string]>([
    ["not signed", "MissingAuthenticationTokenException"],
    ["incomplete", "IncompleteSignatureException"],
    ["not understood", "IncompleteSignatureException"],
    ["wrong scope", "InvalidSignatureException"],
    ["header not signed", "InvalidSignatureException"],
    ["wrong payload", "InvalidSignatureException"],
    ["too early", "InvalidSignatureException"],
    ["expired", "InvalidSignatureException"],
    ["unknown key", "UnrecognizedClientException"],
    ["wrong signature", "InvalidSignatureException"],
    ["replayed", "InvalidSignatureException"],
  ])("for the reason %s has a name of AWS", (reason, name) => {
    expect(sigV4Reasons).toContain(reason)
    expect(sigV4Reasons).toHaveLength(11)
    expect(new SigV4Error(reason, "said")).toMatchObject({ reason, name, message: "said" })
  })

  it("says in the words of AWS what is wrong with the scope, all of it at once", async () => {
    const request = await signed(plain, credentials, nowMs)
    const from = "20261129/eu-central-1/kms/aws4_request"
    const region = "Credential should be scoped to a valid region."
    const service = "Credential should be scoped to correct service: 'kms'."
    const terminator = "Credential should be scoped with a valid terminator: 'aws4_request'."
    const day = (scope: string) =>
      "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: " +
      `'${scope}' != '20261129', from '20261129T120000Z'.`
    for (const [scope, message] of [
      ["20261129/us-east-1/kms/aws4_request", region],
      ["20261129/eu-central-1/sts/aws4_request", service],
      ["20261129/eu-central-1/kms/aws4", terminator],
      ["20261128/eu-central-1/kms/aws4_request", day("20261128")],
      [`${"1".repeat(40)}/eu-central-1/kms/aws4_request`, day("1".repeat(32))],
      ["1/2/3/4", [region, service, terminator, day("1")].join(" ")],
    ] as const) {
      const changed = authorizedBy(request, (text) => text.replace(from, scope))
      await expectRefused(changed, "wrong scope", message)
    }
  })

  it("says in the words of AWS what is wrong with the time", async () => {
    const early =
      "Signature not yet current: 20261129T121501Z is still later than 20261129T121500Z " +
      "(20261129T120000Z + 15 min.)"
    for (const sign of [signed, presigned]) {
      await expectRefused(await sign(plain, credentials, nowMs + 901_000), "too early", early)
    }
    const late = { clock: () => nowMs + 901_000 }
    await expectRefused(
      await presigned(plain, credentials, nowMs, 900),
      "expired",
      "Signature expired: 20261129T120000Z is now earlier than 20261129T121501Z",
      late,
    )
    await expectRefused(
      await signed(plain, credentials, nowMs),
      "expired",
      "Signature expired: 20261129T120000Z is now earlier than 20261129T120001Z " +
        "(20261129T121501Z - 15 min.)",
      late,
    )
  })

  it.each(["20260230T120000Z", "20261301T120000Z", "20261129T250000Z", "20261129T126000Z"])(
    "is that of a moment that there is not: %s",
    async (date) => {
      const request = authorizedBy(await signed(plain, credentials, nowMs), (text) =>
        text.replace("/20261129/", `/${date.slice(0, 8)}/`),
      )
      const headers = { ...request.headers, "x-amz-date": date }
      const said = "Date must be in ISO-8601 'basic format'."
      await expectRefused({ ...request, headers }, "not understood", said)
    },
  )

  it.each([
    ["Expires=0", "not understood"],
    ["Expires=1", "wrong signature"],
    ["Expires=604800", "wrong signature"],
    ["Expires=604801", "not understood"],
  ] as const)("of a query that lasts too long, or not at all: %s", async (expires, reason) => {
    const request = await presigned(plain, credentials, nowMs, 60)
    const changed = { ...request, target: request.target.replace("Expires=60", expires) }
    const call = verifySigV4(changed, lookup, options)
    await expect(call).rejects.toMatchObject({ reason })
    if (reason === "wrong signature") return
    await expect(call).rejects.toThrow("X-Amz-Expires must be from 1 to 604800 seconds.")
  })

  it("says in the words of AWS what was signed and is not so", async () => {
    const request = await signed(plain, credentials, nowMs)
    const missing = authorizedBy(request, (text) => text.replace("host;", "host;x-a;"))
    const said = "The signed header 'x-a' is not there."
    await expectRefused(missing, "not understood", said)
    await expectRefused(
      { ...request, body: utf8("{ }") },
      "wrong payload",
      "The value of the x-amz-content-sha256 header does not match the calculated value.",
    )
    await expectRefused(
      await signed(plain, { ...credentials, secretAccessKey: "guessed" }, nowMs),
      "wrong signature",
      "The request signature we calculated does not match the signature you provided. Check your " +
        "AWS Secret Access Key and signing method. Consult the service documentation for details.",
    )
    const call = verifySigV4(request, () => undefined, options)
    await expect(call).rejects.toThrow(/^The security token included in the request is invalid\.$/)
    const replay = { enter: () => false }
    const again = "The request signature has been used before."
    await expectRefused(request, "replayed", again, { replay })
    const unsigned = { ...plain, target: "/", headers: {} }
    await expectRefused(unsigned, "not signed", "Missing Authentication Token")
  })
})

describe("a signature that was verified", () => {
  const signedMs = nowMs - 1000
  it.each([
    ["header", () => signed(plain, session, signedMs), 900_000],
    ["presigned", () => presigned(plain, session, signedMs, 60), 60_000],
  ] as const)("tells what it was, in the form %s", async (form, sign, lastsMs) => {
    const verified = await verifySigV4(await sign(), sessionLookup, options)
    const { signedHeaders, ...rest } = verified
    expect(rest).toEqual({
      ...{ key: session, accessKeyId: session.accessKeyId, sessionToken: session.sessionToken },
      ...{ form, region: "eu-central-1", service: "kms", signedMs },
      expiresMs: signedMs + lastsMs,
    })
    expect(signedHeaders).toContain("host")
    expect(verified).toSatisfy(Object.isFrozen)
  })

  it("is taken of any moment, one after the other", async () => {
    const verifier = createSigV4Verifier(options)
    for (const ms of [nowMs, nowMs - 1000, nowMs - 1000, nowMs]) {
      const request = await signed(plain, credentials, ms)
      expect(await verifier.verify(request, lookup)).toHaveProperty("signedMs", ms)
    }
  })

  it("is remembered until it would not be taken any more", async () => {
    const entered: unknown[] = []
    const replay = { enter: (...given: unknown[]) => entered.push(given) > 0 }
    const request = await presigned(plain, credentials, nowMs, 60)
    await verifySigV4(request, lookup, { ...options, replay })
    const signature = /X-Amz-Signature=([0-9a-f]+)/.exec(request.target)?.[1]
    expect(entered).toEqual([[signature, nowMs, nowMs + 60_000]])
  })

  it.each<[object, string]>([
    [{ region: "" }, "`region` must be a name"],
    [{ region: undefined }, "`region` must be a name"],
    [{ clock: undefined }, "`clock` must be a function"],
  ])("is of a verifier that knows its region and the time: %j", (more, said) => {
    const act = () => createSigV4Verifier({ ...options, ...more } as SigV4Options)
    expect(act).toThrow(TypeError)
    expect(act).toThrow(said)
  })
})

/** Hashing that tells what it was given and what it has answered. */
function watched() {
  const seen: { readonly key: Uint8Array; readonly answer: Uint8Array }[] = []
  const hashing: SigV4Hashing = {
    sha256: nobleHashing.sha256,
    hmacSha256: (key, message) => {
      const answer = nobleHashing.hmacSha256(key, message)
      seen.push({ key, answer })
      return answer
    },
  }
  return { hashing, seen }
}

const isWiped = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0)

describe("a signing key", () => {
  const claim: Claim = {
    form: "header",
    ...{ accessKeyId: "AKID", scopeDate: "20261129", region: "eu-central-1" },
    ...{ service: "kms", terminator: "aws4_request", signedHeaders: ["host"], signature: "" },
    ...{ date: "20261129T120000Z", expiresSeconds: undefined, sessionToken: undefined },
  }

  it("is wiped with all that led to it, when it is not needed any more", async () => {
    const { hashing, seen } = watched()
    const verifier = createSigV4Verifier({ ...options, hashing })
    const request = await signed(plain, credentials, nowMs)
    await verifier.verify(request, lookup)
    // Four to derive it, and one to sign with it.
    expect(seen).toHaveLength(5)
    const [first, second, third, fourth, last] = seen
    expect([first, second, third, fourth].map((one) => isWiped(one?.key as Uint8Array))).toEqual(
      Array(4).fill(true),
    )
    expect(last?.key).toBe(fourth?.answer)
    expect(last?.key).not.toSatisfy(isWiped)
    await verifier.verify(request, lookup)
    expect(seen).toHaveLength(6)
    verifier.close()
    expect(last?.key).toSatisfy(isWiped)
    await verifySigV4(request, lookup, { ...options, hashing })
    expect(seen.at(-1)?.key).toSatisfy(isWiped)
  })

  it("is remembered of the thousand callers that came last, and for one secret each", () => {
    const { hashing, seen } = watched()
    const keys = createSigningKeys(hashing)
    const keyOf = (i: number, secret = "secret") =>
      keys.keyFor({ ...claim, accessKeyId: `AKID${i}` }, secret)
    const first = keyOf(0)
    expect(keyOf(0)).toBe(first)
    expect(seen).toHaveLength(4)
    for (let i = 1; i < 1000; i += 1) keyOf(i)
    expect(keyOf(0)).toBe(first)
    const second = keyOf(1)
    keyOf(1000)
    expect(first).toSatisfy(isWiped)
    expect(keyOf(1)).toBe(second)
    expect(seen).toHaveLength(4004)
    const other = keyOf(1, "other")
    expect(other).not.toEqual(second)
    expect(second).toSatisfy(isWiped)
    expect(keyOf(1, "other")).toBe(other)
    // It has its place at the end: another one goes first.
    keyOf(0)
    expect(keyOf(1, "other")).toBe(other)
    const scoped = keys.keyFor({ ...claim, accessKeyId: "AKID1", scopeDate: "20261130" }, "other")
    expect(scoped).not.toEqual(other)
  })
})

describe("texts and bytes of a signature", () => {
  it("are compared whole", () => {
    for (const [a, b, isSame] of [
      ["", "", true],
      ["abc", "abc", true],
      ["abc", "abd", false],
      ["abc", "bbc", false],
      ["abc", "ab", false],
      ["ab", "abc", false],
      ["ac", "bd", false],
    ] as const) {
      expect(isEqualText(a, b)).toBe(isSame)
    }
  })

  it("are hexadecimal in lower case", () => {
    expect(hexOf(Uint8Array.of(0, 1, 10, 16, 171, 255))).toBe("00010a10abff")
  })
})

describe("the target of a request", () => {
  it.each<[string, Parameters<typeof targetOf>[1], string]>([
    ["/", undefined, "/"],
    ["/", {}, "/"],
    ["/a?b=c", {}, "/a?b=c"],
    ["/", { a: "b" }, "/?a=b"],
    ["/a?b=c", { d: "e" }, "/a?b=c&d=e"],
    ["/", { a: ["1", "2"], b: "" }, "/?a=1&a=2&b="],
    ["/", { a: [] }, "/"],
    ["/", { a: null, b: "c" }, "/?a=&b=c"],
    ["/", { "a b": "c+d&e=f/~" }, "/?a%20b=c%2Bd%26e%3Df%2F~"],
    ["/", { "!'()*": "-_.~" }, "/?%21%27%28%29%2A=-_.~"],
  ])("has path %s and the query %j", (path, query, target) => {
    expect(targetOf(path, query)).toBe(target)
  })
})
