import { createHash, createHmac } from "node:crypto"
import { STS } from "@aws-sdk/client-sts"
import type { Kms } from "@keywright/core"
import { SignatureV4 } from "@smithy/signature-v4"
import fc from "fast-check"
import { beforeAll, describe, expect, test } from "vitest"
import { readTargetForm } from "../src/form.js"
import { awsSdkHandler, awsSdkStsHandler, type HttpRequest } from "../src/index.js"
import { createEngine } from "./support/engine.js"
import { send } from "./support/requests.js"
import { account, openTokenService } from "./support/sessions.js"

/** The hash that the presigner asks for, on node:crypto. */
class Sha256 {
  readonly #hash
  constructor(secret?: string) {
    this.#hash = secret === undefined ? createHash("sha256") : createHmac("sha256", secret)
  }
  update(data: string): void {
    this.#hash.update(data)
  }
  async digest(): Promise<Uint8Array> {
    return new Uint8Array(this.#hash.digest())
  }
}

const app = { principal: "arn:aws:iam::111122223333:root", secretAccessKey: "of the app" }
const credentials = { accessKeyId: "AKIDAPP", secretAccessKey: app.secretAccessKey }

interface Plain {
  readonly method?: string
  readonly hostname?: string
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** A presigned URL, as it would be opened: all of its query is in its path. */
async function presigned(
  {
    method = "GET",
    hostname = "kms.us-east-1.amazonaws.com",
    query = {},
    headers = {},
    body,
  }: Plain,
  signing: { service?: string; credentials?: typeof credentials } = {},
): Promise<HttpRequest> {
  const signer = new SignatureV4({
    ...{ credentials, region: "us-east-1", service: "kms", sha256: Sha256 as never, ...signing },
  })
  const request = {
    ...{ method, protocol: "https:", hostname, path: "/", query: { ...query }, body },
    headers: { ...headers, host: hostname },
    clone: () => ({ ...request }),
  }
  const signed = await signer.presign(request as never, { expiresIn: 60 })
  const pairs = Object.entries(signed.query ?? {}).map(
    ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`,
  )
  const path = `/?${pairs.join("&")}`
  return { ...{ method, protocol: "https:", hostname, path, body }, headers: signed.headers }
}

const asked = (Action: string, members: object = {}) => ({
  query: { Action, Version: "2014-11-01", ...members },
})

let kms: Kms
let keyId: string

beforeAll(async () => {
  kms = await createEngine()
  keyId = (await kms.as(kms.administrator).createKey({})).KeyMetadata?.KeyId as string
})

const verifying = () =>
  awsSdkHandler(kms, { callers: { AKIDAPP: app }, verify: true }).requestHandler

describe("a presigned URL", () => {
  test("performs what its query asks for", async () => {
    const described = await send(
      verifying(),
      await presigned(asked("DescribeKey", { KeyId: keyId })),
    )
    expect(described).toMatchObject({ status: 200, body: { KeyMetadata: { KeyId: keyId } } })
    const limited = await send(verifying(), await presigned(asked("ListKeys", { Limit: "1" })))
    expect(limited).toMatchObject({ status: 200, body: { Keys: [{ KeyId: keyId }] } })
  })

  test("is answered with what nobody may keep", async () => {
    for (const plain of [asked("ListKeys"), asked("ListEverything")]) {
      const { response } = await verifying().handle(await presigned(plain))
      expect(response.headers["cache-control"]).toBe("no-store")
    }
  })

  test("says bytes, lists and maps in the words of a form", async () => {
    const Plaintext = Buffer.from("of a URL?>").toString("base64")
    expect(Plaintext).toMatch(/[+/=]/)
    const context = {
      "EncryptionContext.entry.1.key": "tenant",
      "EncryptionContext.entry.1.value": "4+2",
    }
    const encrypted = await send(
      verifying(),
      await presigned(asked("Encrypt", { KeyId: keyId, Plaintext, ...context, DryRun: "false" })),
    )
    const { Plaintext: opened } = await kms.as(kms.administrator).decrypt({
      CiphertextBlob: Buffer.from(encrypted.body.CiphertextBlob ?? "", "base64"),
      EncryptionContext: { tenant: "4+2" },
    })
    expect(Buffer.from(opened ?? []).toString()).toBe("of a URL?>")
    const tags = { "Tags.member.1.TagKey": "team", "Tags.member.1.TagValue": "orders" }
    const tagged = await presigned(asked("TagResource", { KeyId: keyId, ...tags }))
    expect(await send(verifying(), tagged)).toMatchObject({ status: 200 })
  })

  test("may name its operation in the target that signers move into the query", async () => {
    const headers = { "x-amz-target": "TrentService.ListKeys" }
    const got = await presigned({ headers })
    expect(got.path).toContain("x-amz-target=TrentService.ListKeys")
    expect(await send(verifying(), got)).toMatchObject({ status: 200 })
    const posted = await presigned({ method: "POST", headers, body: '{"Limit":1}' })
    expect(await send(verifying(), posted)).toMatchObject({
      status: 200,
      body: { Truncated: false },
    })
  })

  test("names who calls where nobody verifies signatures, too", async () => {
    const { requestHandler } = awsSdkHandler(kms, { callers: { AKIDAPP: app.principal } })
    expect(await send(requestHandler, await presigned(asked("ListKeys")))).toMatchObject({
      status: 200,
    })
    const other = { ...credentials, accessKeyId: "AKIDOTHER" }
    const nobody = await presigned(asked("ListKeys"), { credentials: other })
    expect((await send(requestHandler, nobody)).type).toBe("UnrecognizedClientException")
    const half = { ...nobody, path: nobody.path.replace("X-Amz-SignedHeaders", "X-Amz-Other") }
    expect((await send(requestHandler, half)).type).toBe("IncompleteSignatureException")
  })

  test("is refused when anything of it is changed", async () => {
    const request = await presigned(asked("Encrypt", { KeyId: keyId, Plaintext: "Pj4+" }))
    const changes = [
      ["Action=Encrypt", "Action=Decrypt"],
      ["Plaintext=Pj4%2B", "Plaintext=Pj8%2B"],
      ["Plaintext=Pj4%2B", "Plaintext=Pj4%20"],
      ["Expires=60", "Expires=61"],
      ["AKIDAPP", "AKIDAPQ"],
      ["&X-Amz-Date", "&GrantTokens.member.1=a&X-Amz-Date"],
    ] as const
    for (const [from, to] of changes) {
      const path = request.path.replace(from, to)
      expect(path).not.toBe(request.path)
      const { status, type } = await send(verifying(), { ...request, path })
      expect([status, type]).toEqual([400, expect.stringMatching(/Exception$/)])
    }
    const { type } = await send(verifying(), { ...request, method: "POST" })
    expect(type).toBe("UnknownOperationException")
  })

  test("of a plus that stands for itself says a plus, and no space", async () => {
    const request = await presigned(asked("Encrypt", { KeyId: keyId, Plaintext: "Pj4+" }))
    const path = request.path.replace("Pj4%2B", "Pj4+")
    expect(await send(verifying(), { ...request, path })).toMatchObject({ status: 200 })
    expect(readTargetForm("/?a=x+y&X-Amz-Date=1&%58-Amz-Other=2")).toEqual({ a: "x+y" })
  })

  test.each<[string, Plain]>([
    ["without an operation", {}],
    ["of another version", { query: { Action: "ListKeys", Version: "2011-06-15" } }],
    ["without a version", { query: { Action: "ListKeys" } }],
    [
      "of two operations",
      { ...asked("ListKeys"), headers: { "x-amz-target": "TrentService.CreateKey" } },
    ],
    ["of an unknown operation", asked("ListEverything")],
    ["of an inherited name", asked("constructor")],
    ["with a gap in a list", asked("ListKeys", { "GrantTokens.member.2": "a" })],
  ])("%s asks for an unknown operation", async (_case, plain) => {
    const { type } = await send(verifying(), await presigned(plain))
    expect(type).toBe("UnknownOperationException")
  })

  test.each<[string, object]>([
    ["a number that is none", { Limit: "1e1" }],
    ["a number with a sign", { Limit: "+1" }],
    ["a list that is none", { Limit: "1", "Marker.member.1": "a" }],
  ])("that says %s is refused", async (_case, members) => {
    const { type } = await send(verifying(), await presigned(asked("ListKeys", members)))
    expect(type).toMatch(/^(?:Serialization|Validation)Exception$/)
  })

  test("with a body is refused", async () => {
    const request = await presigned({ ...asked("ListKeys"), body: "{}" })
    expect((await send(verifying(), request)).type).toBe("SerializationException")
  })

  test("of any query is answered", async () => {
    const piece = fc.constantFrom(
      ...["Action=", "ListKeys", "Version=2014-11-01", "&", "Limit", "=", ".", "member", "1", "%"],
      ...[
        "X-Amz-Target=TrentService.ListKeys",
        "entry.1.key=a",
        "X-Amz-Algorithm=AWS4-HMAC-SHA256",
      ],
      ...["X-Amz-Credential=a/b/c/d/e", "X-Amz-Signature=0", "+", "__proto__", "ü"],
    )
    const { requestHandler } = awsSdkHandler(kms)
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 20 }), async (pieces) => {
        const request = { ...(await presigned({})), path: `/?${pieces.join("")}` }
        expect([200, 400]).toContain((await send(requestHandler, request)).status)
      }),
      { numRuns: process.env["SLOW"] === "1" ? 20_000 : 300 },
    )
  })
})

test("a presigned URL of GetCallerIdentity says who signed it", async () => {
  const { sts, alice } = await openTokenService()
  const { requestHandler } = awsSdkStsHandler(sts)
  const query = { Action: "GetCallerIdentity", Version: "2011-06-15" }
  const signing = { service: "sts", credentials: alice }
  const request = await presigned({ hostname: "sts.amazonaws.com", query }, signing)
  const answered = async (one: HttpRequest) => {
    const { response } = await requestHandler.handle(one)
    expect(response.headers["cache-control"]).toBe("no-store")
    return [response.statusCode, new TextDecoder().decode(response.body)] as const
  }
  expect(await answered(request)).toEqual([200, expect.stringContaining(`${account}:user/alice`)])
  const [status, body] = await answered({ ...request, path: request.path.replace("=60", "=61") })
  expect([status, body]).toEqual([403, expect.stringContaining("SignatureDoesNotMatch")])
  expect(
    await new STS({ ...awsSdkStsHandler(sts), credentials: alice }).getCallerIdentity({}),
  ).toHaveProperty("Account", account)
})
