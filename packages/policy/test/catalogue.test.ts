import { describe, expect, test } from "vitest"
import {
  actions,
  carriesConditionKey,
  catalogueDate,
  compile,
  conditionKeys,
} from "../src/index.js"
import { publishedConditionKeys, publishedPermissions } from "./reference/catalogue.js"
import { allows, requestOf } from "./support/scene.js"

const names = (test: (row: (typeof actions)[number]) => boolean) =>
  actions.filter(test).map(({ name }) => name.slice("kms:".length))

describe("the catalogue", () => {
  test("is dated", () => {
    expect(catalogueDate).toMatch(/^\d{4}-\d\d-\d\d$/)
  })

  test("says of every permission what AWS publishes", () => {
    expect(actions).toEqual(publishedPermissions)
  })

  test("says of every condition key what AWS publishes", () => {
    expect(conditionKeys).toEqual(publishedConditionKeys)
  })

  test.each([..."abcdefghijklmnopqrstuvwxyz"])(
    "finds all actions that begin with %s",
    (initial) => {
      const capital = initial.toUpperCase()
      const wanted = names(({ name }) => name.startsWith(capital, "kms:".length))
      for (const pattern of [`kms:${initial}*`, `KMS:${capital}*`, `kms:${initial}*?`]) {
        const compiled = compile({ identityPolicies: [allows({ Action: pattern })] })
        const isMet = (action: string) => {
          const [document] = compiled.explain(requestOf("user", { action })).documents
          return document?.statements[0]?.action
        }
        expect(names(({ name }) => isMet(name) === true)).toEqual(wanted)
        expect(names(({ name }) => isMet(name.toUpperCase()) === true)).toEqual(wanted)
      }
    },
  )

  test("names each of the 58 permissions once, in order, and fits the bit set", () => {
    const all = names(() => true)
    expect(all).toHaveLength(58)
    expect(all).toEqual([...new Set(all)].sort())
    expect(all.length).toBeLessThanOrEqual(64)
  })

  test("knows the 19 operations that a grant can hold", () => {
    const wanted =
      "CreateGrant Decapsulate Decrypt DeriveSharedSecret DescribeKey Encapsulate Encrypt " +
      "GenerateDataKey GenerateDataKeyPair GenerateDataKeyPairWithoutPlaintext " +
      "GenerateDataKeyWithoutPlaintext GenerateMac GetPublicKey ReEncryptFrom ReEncryptTo " +
      "RetireGrant Sign Verify VerifyMac"
    expect(names(({ grantable }) => grantable)).toEqual(wanted.split(" "))
  })

  test("knows the operations without a key", () => {
    const wanted =
      "ConnectCustomKeyStore CreateCustomKeyStore CreateKey DeleteCustomKeyStore " +
      "DescribeCustomKeyStores DisconnectCustomKeyStore GenerateRandom ListAliases ListKeys " +
      "ListRetirableGrants UpdateCustomKeyStore"
    expect(names(({ resource }) => resource === "*")).toEqual(wanted.split(" "))
  })

  test("knows the operations on an alias and its key", () => {
    expect(names(({ resource }) => resource === "alias+key")).toEqual([
      "CreateAlias",
      "DeleteAlias",
      "UpdateAlias",
    ])
  })

  test("says which actions carry a condition key", () => {
    const without = (key: string) => names(({ name }) => !carriesConditionKey(name, key))
    const keyless = ["GenerateRandom", "ListAliases", "ListKeys", "ListRetirableGrants"]
    const internal = "SynchronizeMultiRegionKey"
    expect(without("kms:calleraccount")).toEqual([...keyless, internal])
    expect(without("kms:viaservice")).toEqual(
      [...keyless, internal, ...names(({ name }) => name.includes("CustomKeyStore"))].sort(),
    )
    expect(without("kms:encryptioncontext:tenant")).not.toContain("Decrypt")
    expect(without("kms:encryptioncontext:tenant")).toContain("DescribeKey")
    expect(without("kms:keyspec")).not.toContain("DescribeKey")
    expect(without("kms:keyspec")).toContain("ListKeys")
    for (const everywhere of ["aws:sourceip", "kms:unheardof", "constructor"]) {
      expect(without(everywhere)).toEqual([])
    }
    expect(carriesConditionKey("kms:Future", "kms:calleraccount")).toBe(true)
    expect(carriesConditionKey("KMS:listkeys", "kms:calleraccount")).toBe(false)
  })

  test("lists only condition keys that it knows", () => {
    const known = new Set(conditionKeys.map(({ name }) => name))
    const used = new Set(actions.flatMap((row) => row.conditionKeys))
    expect([...used].filter((key) => !known.has(key))).toEqual([])
    expect(known.size).toBe(conditionKeys.length)
  })

  test("knows the multivalued keys", () => {
    const many = conditionKeys.filter(({ multivalued }) => multivalued).map(({ name }) => name)
    expect(many).toEqual([
      "kms:EncryptionContextKeys",
      "kms:GrantOperations",
      "kms:ResourceAliases",
      "aws:CalledVia",
      "aws:PrincipalOrgPaths",
      "aws:PrincipalServiceNamesList",
      "aws:ResourceOrgPaths",
      "aws:SourceOrgPaths",
      "aws:TagKeys",
      "aws:VpceOrgPaths",
    ])
  })
})
