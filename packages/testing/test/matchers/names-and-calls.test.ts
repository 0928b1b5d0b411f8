import { describe, expect, it, test } from "vitest"
import { type CallPattern, judgeCalls } from "../../src/matchers/calls.js"
import { isAlias, isNameOf, type KeyName, shownKey } from "../../src/matchers/key-names.js"
import { judgeKeyUse } from "../../src/matchers/key-uses.js"
import { testimonyOf } from "../../src/matchers/witness.js"
import { account, arn, arnIn, call, id, kitOf, role, session } from "./witnesses.js"

describe("a name of a key", () => {
  const kit = kitOf([], {
    [arn]: ["alias/app", "alias/other"],
    [arnIn("eu-west-1", `key/${id}`)]: "alias/eu",
  })
  const witness = testimonyOf(kit)?.witness

  it.each<[KeyName, string, boolean]>([
    [id, arn, true],
    [arn, arn, true],
    [id, id, true],
    [arn, id, true],
    [`key/${id}`, arn, false],
    ["another", arn, false],
    [arnIn("eu-west-1", `key/${id}`), arn, false],
    [{ Arn: arn, KeyId: "another" }, arn, true],
    [{ KeyId: id }, arn, true],
    [{}, arn, false],
    ["alias/app", arn, true],
    ["alias/other", arn, true],
    ["alias/none", arn, false],
    ["alias/eu", arn, false],
    ["alias/app", id, true],
    ["alias/eu", id, true],
    [arnIn("us-east-1", "alias/app"), arn, true],
    [arnIn("eu-west-1", "alias/app"), arn, false],
    [arnIn("us-east-1", "alias/app", "444455556666"), arn, false],
    [arnIn("us-east-1", "alias/app"), id, true],
    [arnIn("eu-west-1", "alias/app"), id, false],
    [arnIn("eu-west-1", "alias/eu"), id, true],
  ])("%j means %s: %s", (name, arnOrId, isIt) => {
    expect(isNameOf(name, arnOrId, witness)).toBe(isIt)
  })

  test("that is an alias means no key where nobody knows it", () => {
    expect(isNameOf("alias/app", arn, undefined)).toBe(false)
    expect(["alias/app", arnIn("us-east-1", "alias/app"), id, arn].map(isAlias)).toEqual([
      true,
      true,
      false,
      false,
    ])
  })

  test("is shown as it was given", () => {
    expect([id, { Arn: arn, KeyId: id }, { KeyId: id }, {}].map(shownKey)).toEqual([
      id,
      arn,
      id,
      "a key without a name",
    ])
  })
})

describe("a call", () => {
  const calls = [
    call(),
    call({ requestId: "r2", error: "NotFoundException", caller: `arn:aws:iam::${account}:user/a` }),
    call({ operation: "Decrypt", requestId: "r3" }),
  ]
  const kit = kitOf(calls, { [arn]: ["alias/app"] })

  it.each<[CallPattern | undefined, boolean]>([
    [undefined, true],
    [{}, true],
    [{ times: 2 }, true],
    [{ times: 1 }, false],
    [{ caller: session }, true],
    [{ caller: role }, true],
    [{ caller: `arn:aws:iam::${account}:role/App` }, true],
    [{ caller: `arn:aws:iam::${account}:role/Apps` }, false],
    [{ caller: "arn:aws:iam::444455556666:role/App" }, false],
    [{ caller: `arn:aws:iam::${account}:user/a` }, true],
    [{ caller: `arn:aws:iam::${account}:user/App` }, false],
    [{ caller: `arn:aws:sts::${account}:assumed-role/App/red` }, false],
    [{ caller: "" }, false],
    [{ key: id }, true],
    [{ key: "alias/app" }, true],
    [{ key: "another" }, false],
    [{ input: { EncryptionContext: { a: "1" } } }, true],
    [{ input: { EncryptionContext: { a: "1" }, KeyId: "alias/app" } }, true],
    [{ input: { EncryptionContext: { a: "1" }, KeyId: "alias/b" } }, false],
    [{ input: { EncryptionContext: {} } }, false],
    [{ error: false, times: 1 }, true],
    [{ error: "NotFoundException", times: 1 }, true],
    [{ error: "DisabledException" }, false],
    [{ caller: role, error: "NotFoundException" }, false],
    [{ times: 0, key: "another" }, true],
  ])("is found by a pattern: %j is %s", (pattern, pass) => {
    expect(judgeCalls(kit, "Encrypt", pattern).pass).toBe(pass)
  })

  test("is named with all that was asked, among all that there are", () => {
    const pattern = { caller: role, key: id, error: "X", times: 3 }
    expect(judgeCalls(kit, "Encrypt", pattern).message()).toBe(
      `expected Encrypt by ${role} on ${id} answered with X, 3 times; found 0 of them among\n` +
        `  1 × Encrypt by ${session}\n` +
        `  1 × Encrypt by arn:aws:iam::${account}:user/a (NotFoundException)\n` +
        `  1 × Decrypt by ${session}`,
    )
    expect(judgeCalls(kitOf([call(), call()]), "Encrypt", { error: false }).message()).toBe(
      "expected Encrypt answered with no error; found 2 of them among\n" +
        `  2 × Encrypt by ${session}`,
    )
    expect(judgeCalls(kitOf([]), "Encrypt").message()).toBe(
      "expected Encrypt; found 0 of them among no calls",
    )
  })

  it.each<[unknown, string, CallPattern, string]>([
    [kit, "Encript", {}, "KMS has no operation Encript"],
    [
      kit,
      "Encrypt",
      { input: { Plaintext: 1 } },
      "calls of Encrypt do not show `Plaintext`, only ",
    ],
    [
      {},
      "Encrypt",
      {},
      "expected a test kit, which knows its calls, but got an object with no members",
    ],
    [
      call(),
      "Encrypt",
      {},
      "expected a test kit, which knows its calls, but got an object with operation,",
    ],
  ])("is not asked for what nobody can tell (%#)", (subject, operation, pattern, message) => {
    expect(() => judgeCalls(subject, operation, pattern)).toThrow(TypeError)
    expect(() => judgeCalls(subject, operation, pattern)).toThrow(message)
  })

  test("of an operation that was called is one, whatever KMS has", () => {
    const odd = kitOf([call({ operation: "Sing", input: { Song: 1 } })])
    expect(judgeCalls(odd, "Sing", { input: { Song: 1 } }).pass).toBe(true)
    expect(() => judgeCalls(odd, "Sing", { input: { Key: 1 } })).toThrow("only nothing")
  })
})

describe("the use of a key", () => {
  const reply = { KeyId: arn, KeyMaterialId: "m1" }
  const failed = call({ error: "DisabledException" })

  it.each<[unknown, KeyName, object, boolean]>([
    [reply, id, {}, true],
    [reply, id, { material: "m1" }, true],
    [reply, id, { material: "m2" }, false],
    [reply, "another", {}, false],
    [{ SourceKeyId: arn, SourceKeyMaterialId: "m3", KeyId: 1 }, id, { material: "m3" }, true],
    [{ KeyId: arn, DestinationKeyMaterialId: "m4" }, id, { material: "m4" }, true],
    [call(), id, { material: "m1" }, true],
    [call(), "another", {}, false],
    [failed, id, {}, false],
    [kitOf([failed, call()]), id, {}, true],
    [kitOf([failed]), id, {}, false],
    [kitOf([call()], { [arn]: ["alias/app"] }), "alias/app", {}, true],
    [call(), "alias/app", { in: kitOf([], { [arn]: ["alias/app"] }) }, true],
  ])("is told by a reply, a call or a kit (%#)", (subject, key, use, pass) => {
    expect(judgeKeyUse(subject, key, use).pass).toBe(pass)
  })

  test("is named with what was used", () => {
    expect(judgeKeyUse(reply, "a", { material: "m" }).message()).toBe(
      `expected a with the material m to have been used; used were ${arn}, m1`,
    )
    expect(judgeKeyUse(kitOf([]), "a").message()).toBe(
      "expected a to have been used; used were no keys",
    )
  })

  it.each<[unknown, KeyName, object, string]>([
    [
      reply,
      "alias/app",
      {},
      "only a test kit knows what alias/app stands for: { in: kit }, or name",
    ],
    [{}, id, {}, "no test kit has seen the call behind an object with no members\n  it must come"],
    [new Error("no"), id, {}, "no test kit has seen the call behind Error: no\n"],
    [Object.assign(new Error("no"), reply), id, {}, "no test kit has seen"],
    [reply, id, { in: {} }, "`in` must be a test kit"],
  ])("is not told by what nobody has seen (%#)", (subject, key, use, message) => {
    expect(() => judgeKeyUse(subject, key, use)).toThrow(TypeError)
    expect(() => judgeKeyUse(subject, key, use)).toThrow(message)
  })
})
