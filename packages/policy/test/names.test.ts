import { describe, expect, test } from "vitest"
import { foldsTo, interned, lowerAscii } from "../src/vocabulary/fold.js"
import {
  arnPrefixOf,
  isAccountId,
  isServiceName,
  parsePrincipalArn,
  serviceName,
  splitArn,
} from "../src/vocabulary/principal-arn.js"
import { findCharacterProblem, utf8Length } from "../src/write-time/policy-text.js"
import { home } from "./support/scene.js"

describe("what an AWS principal names", () => {
  const accountOf = (partition: string | undefined) => ({
    type: "account",
    account: home,
    canonical: home,
    partition,
  })

  test.each([
    [home, accountOf(undefined)],
    [`arn:aws:iam::${home}:root`, accountOf("aws")],
    [`arn:aws-cn:iam::${home}:root`, accountOf("aws-cn")],
    ["AIDAEXAMPLE00000", { type: "unique-id" }],
    ["AROAEXAMPLE00000", { type: "unique-id" }],
    [`AIDA${"A".repeat(124)}`, { type: "unique-id" }],
    [`arn:aws:iam::${home}:user/ann`, { type: "user", account: home }],
    [`arn:aws:iam::${home}:user/a/b/ann`, { type: "user", account: home }],
    [`arn:aws:iam::${home}:role/team/App`, { type: "role", account: home }],
    [`arn:aws:sts::${home}:assumed-role/App/run`, { type: "assumed-role", account: home }],
    [`arn:aws:sts::${home}:federated-user/fed`, { type: "federated-user", account: home }],
    [`arn:aws:sts::${home}:federated-user/a/b`, { type: "federated-user", account: home }],
  ])("%s", (text, wanted) => {
    const partition = wanted.type === "account" ? {} : { partition: undefined }
    expect(parsePrincipalArn(text)).toEqual({
      account: undefined,
      canonical: text,
      ...partition,
      ...wanted,
    })
  })

  test.each([
    "",
    "ann",
    home.slice(1),
    `${home}1`,
    `${home.slice(1)}a`,
    `${home.slice(1)}/`,
    `${home.slice(1)}:`,
    "AIDAEXAMPLE0000",
    `AIDA${"A".repeat(125)}`,
    "AIDAexample00000",
    "ABIAEXAMPLE00000",
    "XAIDAEXAMPLE00000",
    "AROAEXAMPLE0000-",
    "AROAEXAMPLE0000@",
    "AROAEXAMPLE0000[",
    `arn:aws:iam:us-east-1:${home}:user/ann`,
    `arn:gcp:iam::${home}:user/ann`,
    "arn:aws:iam::1234:user/ann",
    "arn:aws:iam:::user/ann",
    `arn:aws:s3::${home}:user/ann`,
    `arn:aws:sts::${home}:user/ann`,
    `arn:aws:sts::${home}:root`,
    `arn:aws:iam::${home}:assumed-role/App/run`,
    `arn:aws:iam::${home}:federated-user/fed`,
    `arn:aws:iam::${home}:group/g`,
    `arn:aws:iam::${home}:user`,
    `arn:aws:iam::${home}:user/`,
    `arn:aws:iam::${home}:user//ann`,
    `arn:aws:iam::${home}:user/ann/`,
    `arn:aws:iam::${home}:/ann`,
    `arn:aws:iam::${home}:`,
    `arn:aws:iam::${home}`,
    `arn:aws:sts::${home}:assumed-role/App`,
    `arn:aws:sts::${home}:assumed-role/App/run/more`,
    `arn:aws:sts::${home}:assumed-role//run`,
    `ARN:aws:iam::${home}:user/ann`,
  ])("%j names nobody", (text) => {
    expect(parsePrincipalArn(text)).toBeUndefined()
  })
})

describe("an ARN", () => {
  test("is split into six parts, of which the last may hold colons", () => {
    expect(splitArn("arn:a:b:c:d:e:f/g")).toEqual({
      partition: "a",
      service: "b",
      region: "c",
      account: "d",
      resource: "e:f/g",
    })
    expect(splitArn("arn:::::")).toEqual({
      partition: "",
      service: "",
      region: "",
      account: "",
      resource: "",
    })
  })

  test.each(["", "arn", "arn:", "arn:a", "arn:a:b", "arn:a:b:c", "arn:a:b:c:d", "xarn:a:b:c:d:e"])(
    "is not %j",
    (text) => {
      expect(splitArn(text)).toBeUndefined()
    },
  )

  test("has its partition in front, where a name is bound to one", () => {
    expect([undefined, "aws-cn"].map(arnPrefixOf)).toEqual(["", "arn:aws-cn:"])
    expect(serviceName("logs.amazonaws.com")).toBe("service:logs.amazonaws.com")
  })
})

describe("a name", () => {
  test("of an account is twelve digits", () => {
    expect(isAccountId(home)).toBe(true)
    for (const wrong of ["", "11112222333", "1111222233334", "11112222333x", "1111222233 3"]) {
      expect(isAccountId(wrong), wrong).toBe(false)
    }
  })

  test("of a service is labels and dots", () => {
    for (const name of ["a.b", "logs.us-east-1.amazonaws.com", "A_9-z.Z"]) {
      expect(isServiceName(name), name).toBe(true)
    }
    for (const name of [
      "",
      "a",
      ".",
      "a.",
      ".a",
      "a..b",
      "a b.c",
      "a.b/c",
      "a.{b",
      "a.`b",
      "ä.b",
    ]) {
      expect(isServiceName(name), name).toBe(false)
    }
  })

  test("is compared without the case of the letters A to Z, and of no others", () => {
    expect(lowerAscii("KMS:Decrypt-09[]")).toBe("kms:decrypt-09[]")
    expect(lowerAscii("\u212aMSÄ")).toBe("\u212amsÄ")
    expect(lowerAscii("\u007fA")).toBe("\u007fa")
    expect(lowerAscii("\u0080A")).toBe("\u0080a")
    expect(interned("a text")).toBe("a text")
  })

  test.each([
    ["kms:a", "kms:a", true],
    ["KMS:A", "kms:a", true],
    ["kMs:Az", "kms:az", true],
    ["", "", true],
    ["kms:a", "kms:ab", false],
    ["kms:ab", "kms:a", false],
    ["kms:b", "kms:a", false],
    ["kms:B", "kms:a", false],
    ["kms:a", "KMS:A", false],
    ["@", "`", false],
    ["[", "{", false],
    ["A", "a", true],
    ["Z", "z", true],
    ["\u212a", "k", false],
  ])("%j folds to %j: %j", (name, key, folds) => {
    expect(foldsTo(name, key)).toBe(folds)
  })
})

describe("the text of a policy", () => {
  test.each([
    ["", 0],
    ["a\u007f", 2],
    ["\u0080", 2],
    ["\u07ff", 2],
    ["\u0800", 3],
    ["\ud7ff", 3],
    ["\ue000", 3],
    ["\uffff", 3],
    ["\u{1f600}", 4],
    ["a\u{10ffff}b", 6],
  ])("%j has so many bytes: %i", (text, bytes) => {
    expect(utf8Length(text)).toBe(bytes)
  })

  test.each([
    ["\t\n\r ~\u00a0\u00ff", undefined],
    ["ab\u0100", 2],
    ["a\u000b", 1],
    ["\u0008", 0],
    ["\u000c", 0],
    ["a\u000e", 1],
    ["a\u001f", 1],
    ["\u0000", 0],
  ])("%j has a character that is not allowed at %s", (text, at) => {
    expect(findCharacterProblem(text)?.at).toBe(at)
    if (at !== undefined) {
      expect(findCharacterProblem(text)).toMatchObject({ code: "characterOutOfRange", path: "" })
    }
  })
})
