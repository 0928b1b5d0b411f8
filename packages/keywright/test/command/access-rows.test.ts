import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it, test } from "vitest"
import { runRow } from "../support/row-work.js"

const folder = mkdtempSync(join(tmpdir(), "keywright-access-"))
afterAll(() => rmSync(folder, { recursive: true }))

const KeyId = "1234abcd-12ab-34cd-56ef-1234567890ab"
const principal = "arn:aws:iam::111122223333:user/Alice"
const account = "111122223333"

describe("list-grants", () => {
  test("shows those of every page", async () => {
    const pages = [
      {
        Grants: [
          {
            GrantId: "g1",
            GranteePrincipal: principal,
            Operations: ["Encrypt", "Decrypt"],
            CreationDate: new Date(Date.UTC(2026, 0, 2, 3, 4, 5)),
            Name: "orders",
          },
        ],
        NextMarker: "m1",
      },
      { NextMarker: "m2" },
      { Grants: [{}] },
    ]
    const asked: unknown[] = []
    const listGrants = async (input: unknown) => {
      asked.push(input)
      return pages[asked.length - 1]
    }
    const { found } = await runRow("list-grants", { args: [KeyId], client: { listGrants } })
    expect(asked).toEqual([undefined, "m1", "m2"].map((Marker) => ({ KeyId, Marker, Limit: 100 })))
    expect(found).toEqual({
      value: [pages[0]?.Grants?.[0], {}],
      table: [
        ["GrantId", "GranteePrincipal", "Operations", "CreationDate", "Name"],
        ["g1", principal, "Encrypt Decrypt", "2026-01-02T03:04:05", "orders"],
        ["", "", "", "", ""],
      ],
    })
  })
})

describe("the policy of a key", () => {
  const policy = { Version: "2012-10-17", Statement: [] }

  test("is shown in lines that can be edited", async () => {
    const asked: unknown[] = []
    const getKeyPolicy = async (input: unknown) => {
      asked.push(input)
      return { Policy: JSON.stringify(policy) }
    }
    const { found } = await runRow("get-key-policy", { args: [KeyId], client: { getKeyPolicy } })
    expect(asked).toEqual([{ KeyId }])
    expect(found).toEqual({
      value: policy,
      text: '{\n  "Version": "2012-10-17",\n  "Statement": []\n}',
    })
  })

  test("is what stands in a file", async () => {
    const file = join(folder, "policy.json")
    writeFileSync(file, '{ "Id": "é" }')
    const asked: unknown[] = []
    const putKeyPolicy = async (input: unknown) => void asked.push(input)
    const args = [KeyId, file]
    const { found } = await runRow("put-key-policy", { args, client: { putKeyPolicy } })
    expect(asked).toEqual([{ KeyId, Policy: readFileSync(file, "utf8") }])
    expect(found).toEqual({ value: { KeyId }, text: `${KeyId} has the policy in ${file}` })
  })
})

describe("explain", () => {
  const explain = async (effect: string, args: readonly string[]) => {
    const asked: unknown[][] = []
    const kms = {
      explain: async (...all: readonly unknown[]) => {
        asked.push([...all])
        return { effect, text: "because" }
      },
    }
    const { found } = await runRow("explain", { args, kms })
    return { asked, found }
  }

  it.each([
    ["allow", 0],
    ["implicitDeny", 3],
    ["explicitDeny", 3],
  ])("says why a decision is %s, and ends with %i", async (effect, exitCode) => {
    const { found } = await explain(effect, [principal, "Encrypt", KeyId])
    expect(found).toEqual({ value: { effect, text: "because" }, text: "because", exitCode })
  })

  const blob = Uint8Array.of(0, 1, 255)
  const names = [
    "CiphertextBlob",
    "Message",
    "Plaintext",
    "PublicKey",
    "Signature",
    "Mac",
    "ImportToken",
    "EncryptedKeyMaterial",
  ]
  const all = Object.fromEntries(names.map((name) => [name, "AAH/"]))

  it.each<[string, string, string | undefined, object]>([
    ["nothing", "ListKeys", undefined, {}],
    ["a key", "DescribeKey", KeyId, { KeyId }],
    ["a key to encrypt under", "Encrypt", KeyId, { KeyId, Plaintext: Uint8Array.of(0) }],
    ["a key for a data key", "GenerateDataKey", KeyId, { KeyId, KeySpec: "AES_256" }],
    [
      "a key for a data key that nobody sees",
      "GenerateDataKeyWithoutPlaintext",
      KeyId,
      { KeyId, KeySpec: "AES_256" },
    ],
    ["JSON", "Decrypt", ` {"KeyId":"a","Limit":1}`, { KeyId: "a", Limit: 1 }],
    [
      "JSON with bytes in Base64",
      "Verify",
      JSON.stringify(all),
      Object.fromEntries(names.map((name) => [name, blob])),
    ],
    [
      "JSON with names that are like those of bytes",
      "TagResource",
      '{"MessageType":"RAW","MyPlaintext":"AAH/","Mac":1}',
      { MessageType: "RAW", MyPlaintext: "AAH/", Mac: 1 },
    ],
  ])("takes %s", async (_, operation, text, input) => {
    const args = [principal, operation, ...(text === undefined ? [] : [text])]
    expect((await explain("allow", args)).asked).toEqual([[principal, operation, input]])
  })

  it.each(['{"KeyId":', '{"Plaintext":"*"}'])("takes nothing else: %s", async (text) => {
    await expect(explain("allow", [principal, "Encrypt", text])).rejects.toMatchObject({
      name: "UsageError",
      message: "the input is no JSON",
    })
  })
})

describe("lint-policy", () => {
  const statement = (more: object) => ({
    Effect: "Allow",
    Action: "kms:Encrypt",
    Resource: "*",
    ...more,
  })
  const lint = async (document: unknown, given: Readonly<Record<string, string>> = {}) => {
    const file = join(folder, "linted.json")
    writeFileSync(file, JSON.stringify(document))
    return (await runRow("lint-policy", { args: [file], given })).found
  }
  const ofRoot = {
    Version: "2012-10-17",
    Statement: [
      statement({
        Sid: "Root",
        Action: "kms:*",
        Principal: { AWS: `arn:aws:iam::${account}:root` },
      }),
    ],
  }

  test("has nothing to say of the default policy of a key", async () => {
    expect(await lint(ofRoot, { account })).toEqual({
      value: [],
      text: "nothing to say",
      exitCode: 0,
    })
  })

  test("says what is wrong and where, and ends with 3", async () => {
    const found = await lint({ ...ofRoot, Statement: [statement({ Effect: "Alow" })] })
    expect(found.exitCode).toBe(3)
    expect(found.table).toContainEqual(["1:48", "error", "invalidEffect", expect.any(String)])
    expect(found.value).toHaveLength(found.table?.length ?? 0)
  })

  test("says what is not what it seems, and that is no failure", async () => {
    const found = await lint({
      ...ofRoot,
      Statement: [...ofRoot.Statement, statement({ Principal: "*" })],
    })
    expect(found.table?.map(([, severity]) => severity)).toContain("security")
    expect(found.exitCode).toBe(0)
  })

  test("tells one's own account from others, where it is named", async () => {
    const own = await lint(ofRoot, { account })
    const others = await lint(ofRoot, { account: "444455556666" })
    expect(own.value).toEqual([])
    expect(others.value).toContainEqual(
      expect.objectContaining({ code: "everyActionForOtherAccount", severity: "security" }),
    )
    expect((await lint(ofRoot)).value).toEqual([])
  })

  test("knows the kinds of documents", async () => {
    const identity = { Version: "2012-10-17", Statement: [statement({})] }
    const codesOf = async (kind: string) => {
      const found = await lint(identity, { kind })
      return found.exitCode
    }
    expect(await codesOf("keyPolicy")).toBe(3)
    expect(await codesOf("identityPolicy")).toBe(0)
    await expect(codesOf("poem")).rejects.toMatchObject({
      name: "UsageError",
      message: expect.stringMatching(/^--kind must be one of \w+Policy(?:, \w+)+$/),
    })
  })
})
