import { KMSClient } from "@aws-sdk/client-kms"
import { createTestKms, type TestKms } from "@keywright/testing"
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from "jose"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { type Algorithm, createJwtSigner } from "../src/jwt-signer.js"

const keys = [
  { alias: "alias/es256", spec: "ECC_NIST_P256", usage: "SIGN_VERIFY" },
  { alias: "alias/rs256", spec: "RSA_2048", usage: "SIGN_VERIFY" },
  { alias: "alias/ps256", spec: "RSA_2048", usage: "SIGN_VERIFY" },
] as const

let kit: TestKms

beforeAll(async () => {
  kit = await createTestKms({ fixtures: { keys } })
})

afterAll(() => kit.close())

const signerFor = (alg: Algorithm, caller?: string) => {
  const config = kit.sdk(caller === undefined ? {} : { caller })
  return createJwtSigner(new KMSClient(config), `alias/${alg.toLowerCase()}`, alg)
}

const claims = { iss: "https://shop.example", aud: "orders", sub: "customer-42" }
const expected = { issuer: "https://shop.example", audience: "orders" }

describe.each<Algorithm>(["ES256", "RS256", "PS256"])("a token signed with %s", (alg) => {
  test("is verified by jose with the public key", async () => {
    const { sign, jwk } = await signerFor(alg)
    const keySet = createLocalJWKSet({ keys: [jwk] })
    const { payload, protectedHeader } = await jwtVerify(await sign(claims), keySet, expected)
    expect(payload).toEqual(claims)
    expect(protectedHeader).toEqual({ alg, kid: jwk.kid, typ: "JWT" })
  })

  test("is not verified when its claims were changed", async () => {
    const { sign, jwk } = await signerFor(alg)
    const [header, , signature] = (await sign(claims)).split(".")
    const forged = Buffer.from(JSON.stringify({ ...claims, sub: "admin" })).toString("base64url")
    const keySet = createLocalJWKSet({ keys: [jwk] })
    const verified = jwtVerify(`${header}.${forged}.${signature}`, keySet, expected)
    await expect(verified).rejects.toMatchObject({
      code: "ERR_JWS_SIGNATURE_VERIFICATION_FAILED",
    })
  })

  test("may say more than KMS takes as a message", async () => {
    const { sign, jwk } = await signerFor(alg)
    const token = await sign({ ...claims, roles: Array(2000).fill("reader") })
    await jwtVerify(token, createLocalJWKSet({ keys: [jwk] }), expected)
  })
})

test("the signature has the length of RFC 7518 every time, whatever KMS answers", async () => {
  const { sign } = await signerFor("ES256")
  const tokens = await Promise.all(
    Array.from({ length: 50 }, (_, count) => sign({ ...claims, jti: `${count}` })),
  )
  const lengths = tokens.map((token) => Buffer.from(token.split(".")[2] ?? "", "base64url").length)
  expect(new Set(lengths)).toEqual(new Set([64]))
})

test("tokens of a role that may not sign do not come into being", async () => {
  const stranger = "arn:aws:iam::111122223333:role/Reporting"
  const signer = signerFor("ES256", stranger)
  await expect(signer).rejects.toMatchObject({ name: "AccessDeniedException" })
})

test("the public key says who it is, and nothing private", async () => {
  const { sign, jwk } = await signerFor("RS256")
  expect(Object.keys(jwk).sort()).toEqual(["alg", "e", "kid", "kty", "n", "use"])
  expect(decodeProtectedHeader(await sign(claims)).kid).toBe(jwk.kid)
})
