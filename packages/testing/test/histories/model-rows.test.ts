import { describe, expect, it, test } from "vitest"
import {
  certainRefusals,
  type KmsReply,
  type Members,
  nameOf,
} from "../../src/histories/kms/kms-call.js"
import { kmsModel } from "../../src/histories/kms/kms-model.js"
import type { KeyThings, KmsState } from "../../src/histories/kms/kms-state.js"
import { renderVerdict } from "../../src/histories/render.js"

const id = "1234abcd-12ab-34cd-56ef-1234567890ab"
const other = "0987dcba-09fe-87dc-65ba-ab0987654321"
const arn = `arn:aws:kms:us-east-1:111122223333:key/${id}`

const bare: KeyThings = {
  state: "Enabled",
  description: "",
  tags: {},
  policy: undefined,
  grants: {},
  unnamedGrants: [],
  materials: ["m1"],
}
const stateOf = (key: Partial<KeyThings> = {}): KmsState => ({
  aliases: { "alias/a": id },
  keys: { [id]: { ...bare, ...key }, [other]: "gone" },
})
const model = kmsModel()
const after = (state: KmsState, operation: string, input: Members, reply?: KmsReply) =>
  model.after(state, { operation, input }, reply)
const done = (output: Members = {}): KmsReply => ({ output })
const keyIn = (state: KmsState | undefined) => state?.keys[id]

const states = ["Enabled", "Disabled", "PendingDeletion"] as const
const invalid = "KMSInvalidStateException"
const admissions: readonly (readonly [
  refusals: readonly (string | undefined)[],
  operations: readonly string[],
])[] = [
  [
    [undefined, undefined, undefined],
    [
      "DescribeKey ListResourceTags PutKeyPolicy GetKeyPolicy ListGrants GetKeyRotationStatus",
      "GetKeyLastUsage ListKeyPolicies ListKeyRotations ListAliases",
    ].flatMap((names) => names.split(" ")),
  ],
  [
    [undefined, "DisabledException", invalid],
    [
      "CreateGrant RotateKeyOnDemand Encrypt Decrypt GenerateDataKey GenerateDataKeyPair",
      "GenerateDataKeyWithoutPlaintext GenerateDataKeyPairWithoutPlaintext GenerateMac VerifyMac",
      "Sign Verify DeriveSharedSecret",
    ].flatMap((names) => names.split(" ")),
  ],
  [
    [undefined, undefined, invalid],
    [
      "EnableKey DisableKey ScheduleKeyDeletion UpdateKeyDescription TagResource UntagResource",
      "GetPublicKey",
    ].flatMap((names) => names.split(" ")),
  ],
  [[invalid, invalid, undefined], ["CancelKeyDeletion"]],
]
const admitted = admissions.flatMap(([refusals, operations]) =>
  operations.map((operation) => [operation, refusals] as const),
)

describe("the state of a key admits or refuses", () => {
  it.each(admitted)("%s: %j", (operation, refusals) => {
    for (const [i, name] of states.entries()) {
      const [state, refusal] = [stateOf({ state: name }), refusals[i]]
      expect([name, after(state, operation, { KeyId: id }, done()) !== undefined]).toEqual([
        name,
        refusal === undefined,
      ])
      for (const error of ["DisabledException", invalid]) {
        const refused = after(state, operation, { KeyId: id }, { error })
        expect([name, error, refused]).toEqual([name, error, error === refusal ? state : undefined])
      }
      const gone = after(state, operation, { KeyId: id }, { error: "NotFoundException" })
      expect(gone === undefined).toBe(name !== "PendingDeletion")
      if (gone !== undefined)
        expect(gone).toEqual({ aliases: {}, keys: { ...state.keys, [id]: "gone" } })
      expect(after(state, operation, { KeyId: id }, { error: "ThrottlingException" })).toBe(state)
    }
    for (const KeyId of ["nobody", other, "alias/nobody"]) {
      const state = stateOf()
      expect(after(state, operation, { KeyId }, done())).toBeUndefined()
      expect(after(state, operation, { KeyId }, { error: "NotFoundException" })).toBe(state)
      expect(after(state, operation, { KeyId }, { error: invalid })).toBeUndefined()
    }
  })

  it.each(["1", undefined])("nothing that another key has answered: %s", (KeyId) => {
    const state = stateOf()
    expect(after(state, "Sign", { KeyId }, done({ KeyId: other }))).toBeUndefined()
    expect(after(state, "Sign", { KeyId: arn }, done({ KeyId: arn }))).toBe(state)
    expect(after(state, "Decrypt", {}, done({ KeyId: arn, KeyMaterialId: "m1" }))).toBe(state)
    const KeyMetadata = { KeyId: other }
    expect(after(state, "DescribeKey", { KeyId: id }, done({ KeyMetadata }))).toBeUndefined()
  })
})

const tags = (...pairs: readonly (readonly [string, string])[]) =>
  pairs.map(([TagKey, TagValue]) => ({ TagKey, TagValue }))
const grant = { GranteePrincipal: "p", Operations: ["Sign", "Encrypt"] }
const grantText = '["p",["Encrypt","Sign"],{}]'

describe("what a call does to a key", () => {
  it.each<[string, Members, Members, Partial<KeyThings>, Partial<KeyThings>]>([
    ["EnableKey", {}, {}, { state: "Disabled" }, { state: "Enabled" }],
    ["DisableKey", {}, {}, {}, { state: "Disabled" }],
    ["ScheduleKeyDeletion", {}, { KeyId: arn }, {}, { state: "PendingDeletion" }],
    ["CancelKeyDeletion", {}, {}, { state: "PendingDeletion" }, { state: "Disabled" }],
    ["UpdateKeyDescription", { Description: "d" }, {}, {}, { description: "d" }],
    ["UpdateKeyDescription", {}, {}, { description: "d" }, { description: "" }],
    [
      "TagResource",
      { Tags: tags(["b", "2"]) },
      {},
      { tags: { a: "1" } },
      { tags: { a: "1", b: "2" } },
    ],
    ["TagResource", { Tags: tags(["a", "2"]) }, {}, { tags: { a: "1" } }, { tags: { a: "2" } }],
    ["UntagResource", { TagKeys: ["a"] }, {}, { tags: { a: "1", b: "2" } }, { tags: { b: "2" } }],
    ["UntagResource", {}, {}, { tags: { a: "1" } }, { tags: { a: "1" } }],
    ["PutKeyPolicy", { Policy: '{ "a": 1 }' }, {}, {}, { policy: '{"a":1}' }],
    ["PutKeyPolicy", { Policy: "{" }, {}, {}, { policy: "{" }],
    ["CreateGrant", grant, { GrantId: "g" }, {}, { grants: { g: grantText } }],
    ["CreateGrant", grant, {}, {}, { unnamedGrants: [grantText] }],
    ["RevokeGrant", { GrantId: "g" }, {}, { grants: { g: "", h: "" } }, { grants: { h: "" } }],
    ["RetireGrant", { GrantId: "g" }, {}, { grants: { g: "" } }, { grants: {} }],
    ["RotateKeyOnDemand", {}, {}, {}, { materials: ["m1", ""] }],
    ["RotateKeyOnDemand", {}, {}, { materials: undefined }, { materials: undefined }],
  ])("is that of %s: %j", (operation, input, output, before, then) => {
    const found = after(stateOf(before), operation, { KeyId: id, ...input }, done(output))
    expect(keyIn(found)).toEqual({ ...bare, ...before, ...then })
    const byAlias = after(stateOf(before), operation, { KeyId: "alias/a", ...input }, done(output))
    expect(byAlias).toEqual(found)
    if (operation === "CreateGrant") return
    const unanswered = after(stateOf(before), operation, { KeyId: id, ...input })
    expect(unanswered).toEqual(found)
  })

  test("is nothing twice of a grant, unless it has a name", () => {
    const state = stateOf({ grants: { g: grantText } })
    const again = (more: Members) =>
      after(state, "CreateGrant", { KeyId: id, ...grant, ...more }, done({ GrantId: "g" }))
    expect(again({})).toBeUndefined()
    expect(again({ Name: "n" })).toBe(state)
    expect(again({ Name: "n", Operations: ["Sign"] })).toBeUndefined()
    const revoke = (GrantId: string, reply: KmsReply) =>
      after(state, "RevokeGrant", { KeyId: id, GrantId }, reply)
    expect(revoke("none", done())).toBeUndefined()
    expect(revoke("none", { error: "NotFoundException" })).toBe(state)
    expect(revoke("g", { error: "NotFoundException" })).toBeUndefined()
  })

  test("begins with its creation", () => {
    const empty = model.initial
    const create = (input: Members, more: Members = {}) =>
      after(
        empty,
        "CreateKey",
        input,
        done({ KeyMetadata: { KeyId: id, KeyState: "Enabled", ...more } }),
      )
    expect(create({})).toEqual({ aliases: {}, keys: { [id]: { ...bare, materials: undefined } } })
    const input = { Description: "d", Policy: '{ "a": 1 }', Tags: tags(["b", "2"], ["a", "1"]) }
    expect(keyIn(create(input, { CurrentKeyMaterialId: "m1" }))).toEqual({
      ...bare,
      ...{ description: "d", policy: '{"a":1}', tags: { a: "1", b: "2" } },
    })
    expect(() => create({}, { KeyState: "PendingImport" })).toThrow(TypeError)
    expect(after(empty, "CreateKey", {})).toBe(empty)
    expect(after(empty, "CreateKey", {}, done())).toBe(empty)
    const twice = { KeyMetadata: { KeyId: id, KeyState: "Enabled" } }
    expect(after(stateOf(), "CreateKey", {}, done(twice))).toBeUndefined()
    expect(after(empty, "CreateKey", {}, { error: "NotFoundException" })).toBeUndefined()
    expect(after(empty, "CreateKey", {}, { error: "LimitExceededException" })).toBe(empty)
  })
})

const same = "same"
const g1 = { GrantId: "g1", ...grant }

describe("what a reply tells of a key", () => {
  it.each<[string, Members, Members, Partial<KeyThings>, Partial<KeyThings> | "same" | undefined]>([
    ["DescribeKey", {}, { KeyMetadata: { KeyState: "Enabled", Description: "" } }, {}, same],
    ["DescribeKey", {}, { KeyMetadata: { KeyState: "Disabled" } }, {}, undefined],
    ["DescribeKey", {}, { KeyMetadata: { Description: "d" } }, {}, undefined],
    ["DescribeKey", {}, { KeyMetadata: { CurrentKeyMaterialId: "m1" } }, {}, same],
    ["DescribeKey", {}, { KeyMetadata: { CurrentKeyMaterialId: "m2" } }, {}, undefined],
    ["DescribeKey", {}, { KeyMetadata: {} }, {}, same],
    ["GenerateDataKey", {}, { KeyMaterialId: "m1" }, {}, same],
    ["GenerateDataKey", {}, { KeyMaterialId: "m1" }, { materials: undefined }, same],
    ["GenerateDataKey", {}, {}, {}, same],
    ["GenerateDataKey", {}, { KeyMaterialId: "m1" }, { materials: ["m1", "m2"] }, undefined],
    [
      "GenerateDataKey",
      {},
      { KeyMaterialId: "m2" },
      { materials: ["m1", ""] },
      { materials: ["m1", "m2"] },
    ],
    ["GenerateDataKey", {}, { KeyMaterialId: "m1" }, { materials: ["m1", ""] }, undefined],
    ["Decrypt", {}, { KeyMaterialId: "m1" }, { materials: ["m1", "m2"] }, same],
    ["Decrypt", {}, { KeyMaterialId: "m3" }, { materials: ["m1", "m2"] }, undefined],
    ["Decrypt", {}, { KeyMaterialId: "m3" }, { materials: ["m1", ""] }, same],
    ["Decrypt", {}, { KeyMaterialId: "m3" }, { materials: undefined }, same],
    ["ListResourceTags", {}, { Tags: tags(["a", "1"]) }, { tags: { a: "1" } }, same],
    ["ListResourceTags", {}, { Tags: [] }, { tags: { a: "1" } }, undefined],
    ["ListResourceTags", {}, { Tags: tags(["a", "2"]) }, { tags: { a: "1" } }, undefined],
    ["ListResourceTags", {}, { Tags: [], Truncated: true }, { tags: { a: "1" } }, same],
    ["ListResourceTags", { Marker: "m" }, { Tags: [] }, { tags: { a: "1" } }, same],
    [
      "ListResourceTags",
      { Marker: "m" },
      { Tags: tags(["a", "1"], ["b", "2"]) },
      { tags: { a: "1" } },
      undefined,
    ],
    ["GetKeyPolicy", {}, {}, { policy: "{}" }, same],
    ["GetKeyPolicy", {}, { Policy: "{ }" }, { policy: "{}" }, same],
    ["GetKeyPolicy", {}, { Policy: "[]" }, { policy: "{}" }, undefined],
    ["GetKeyPolicy", {}, { Policy: "[ ]" }, {}, { policy: "[]" }],
    ["ListGrants", {}, { Grants: [] }, {}, {}],
    ["ListGrants", {}, { Grants: [g1] }, { grants: { g1: grantText } }, {}],
    ["ListGrants", {}, { Grants: [g1] }, {}, undefined],
    ["ListGrants", {}, { Grants: [g1] }, { grants: { g1: "other" } }, undefined],
    ["ListGrants", {}, { Grants: [] }, { grants: { g1: grantText } }, undefined],
    ["ListGrants", {}, { Grants: [] }, { unnamedGrants: [grantText] }, undefined],
    ["ListGrants", { GrantId: "g2" }, { Grants: [] }, { grants: { g1: grantText } }, {}],
    ["ListGrants", { Marker: "m" }, { Grants: [] }, { unnamedGrants: [grantText] }, {}],
    [
      "ListGrants",
      {},
      { Grants: [g1] },
      { unnamedGrants: [grantText] },
      { grants: { g1: grantText }, unnamedGrants: [] },
    ],
    [
      "ListGrants",
      {},
      { Grants: [g1, { ...g1, GrantId: "g0" }] },
      { grants: { g1: grantText }, unnamedGrants: [grantText] },
      { grants: { g0: grantText, g1: grantText }, unnamedGrants: [] },
    ],
  ])("is that of %s: %j, %j (%#)", (operation, input, output, before, then) => {
    const state = stateOf(before)
    const found = after(state, operation, { KeyId: id, ...input }, done(output))
    if (then === "same") expect(found).toBe(state)
    else expect(keyIn(found)).toEqual(then && { ...bare, ...before, ...then })
  })
})

describe("an alias", () => {
  const two: KmsState = {
    aliases: { "alias/a": id, "alias/c": other },
    keys: { [id]: bare, [other]: { ...bare, state: "PendingDeletion" } },
  }
  const of = (AliasName: string, TargetKeyId: string = id) => ({ AliasName, TargetKeyId })

  it.each<[string, Members, KmsReply, Readonly<Record<string, string>> | undefined]>([
    ["CreateAlias", of("alias/b"), done(), { "alias/a": id, "alias/b": id, "alias/c": other }],
    ["CreateAlias", of("alias/b", arn), done(), { "alias/a": id, "alias/b": id, "alias/c": other }],
    ["CreateAlias", of("alias/a"), done(), undefined],
    ["CreateAlias", of("alias/b", other), done(), undefined],
    ["CreateAlias", of("alias/b", "nobody"), done(), undefined],
    ["CreateAlias", of("alias/a"), { error: "AlreadyExistsException" }, two.aliases],
    ["CreateAlias", of("alias/b"), { error: "AlreadyExistsException" }, undefined],
    ["CreateAlias", of("alias/b", other), { error: invalid }, two.aliases],
    ["CreateAlias", of("alias/b"), { error: invalid }, undefined],
    ["CreateAlias", of("alias/b", "nobody"), { error: "NotFoundException" }, two.aliases],
    ["CreateAlias", of("alias/b"), { error: "NotFoundException" }, undefined],
    ["UpdateAlias", of("alias/c"), done(), { "alias/a": id, "alias/c": id }],
    ["UpdateAlias", of("alias/b"), done(), undefined],
    ["UpdateAlias", of("alias/a", other), done(), undefined],
    ["UpdateAlias", of("alias/b"), { error: "NotFoundException" }, two.aliases],
    ["UpdateAlias", of("alias/a"), { error: "NotFoundException" }, undefined],
    ["UpdateAlias", of("alias/a"), { error: "AlreadyExistsException" }, undefined],
    ["DeleteAlias", of("alias/a"), done(), { "alias/c": other }],
    ["DeleteAlias", of("alias/b"), done(), undefined],
    ["DeleteAlias", of("alias/b"), { error: "NotFoundException" }, two.aliases],
    ["DeleteAlias", of("alias/a"), { error: "NotFoundException" }, undefined],
    ["DeleteAlias", of("alias/a"), { error: invalid }, undefined],
    ["ListAliases", { KeyId: id }, done({ Aliases: [of("alias/a")] }), two.aliases],
    ["ListAliases", { KeyId: id }, done({ Aliases: [] }), undefined],
    ["ListAliases", { KeyId: id }, done({ Aliases: [of("alias/a"), of("alias/b")] }), undefined],
    ["ListAliases", { KeyId: id }, done({ Aliases: [], Truncated: true }), two.aliases],
    ["ListAliases", { KeyId: id, Marker: "m" }, done({ Aliases: [] }), two.aliases],
    ["ListAliases", { KeyId: id, Marker: "m" }, done({ Aliases: [of("alias/b")] }), undefined],
    ["ListAliases", { KeyId: id }, done({}), two.aliases],
    ["ListAliases", { KeyId: "nobody" }, done({ Aliases: [] }), undefined],
    ["ListAliases", { KeyId: "nobody" }, { error: "NotFoundException" }, two.aliases],
  ])("is as %s says: %j, %j (%#)", (operation, input, reply, aliases) => {
    expect(after(two, operation, input, reply)?.aliases).toEqual(aliases)
  })
})

describe("the model of a key knows", () => {
  it.each<[string, Members, KmsReply | undefined, readonly string[], boolean]>([
    ["CreateKey", {}, done({ KeyMetadata: { KeyId: id } }), [id], false],
    ["CreateKey", {}, undefined, [], false],
    [
      "DescribeKey",
      { KeyId: "alias/a" },
      done({ KeyMetadata: { KeyId: id } }),
      ["alias/a", id],
      true,
    ],
    ["Encrypt", { KeyId: arn }, done({ KeyId: arn }), [id, id], true],
    ["Decrypt", {}, done({ KeyId: arn }), [id], true],
    ["Decrypt", {}, { error: "NotFoundException" }, [], true],
    ["DisableKey", { KeyId: id }, undefined, [id], false],
    ["DisableKey", { KeyId: id }, { error: invalid }, [id], true],
    ["DisableKey", { KeyId: id, DryRun: true }, undefined, [], true],
    ["CreateAlias", { AliasName: "alias/a", TargetKeyId: arn }, done(), ["alias/a", id], false],
    ["DeleteAlias", { AliasName: "alias/a" }, done(), ["alias/a"], false],
    ["ListAliases", { KeyId: id }, done(), [id], true],
  ])("what a call is about: %s, %j, %j", (operation, input, reply, things, isRead) => {
    expect(model.thingsOf({ operation, input }, reply)).toEqual(things)
    expect(model.isRead({ operation, input }, reply)).toBe(isRead)
  })

  test("that what cannot be did not happen, where nobody has heard of it", () => {
    const state = stateOf()
    expect(after(state, "DisableKey", { KeyId: "nobody" })).toBe(state)
  })

  test("who may what, when it is told", () => {
    const allows = (key: KeyThings, { caller }: { caller?: string | undefined }) =>
      caller === undefined ? undefined : caller === key.description
    const knowing = kmsModel({ allows })
    const state = stateOf({ description: "alice" })
    const ask = (caller: string | undefined, reply?: KmsReply) =>
      knowing.after(state, { operation: "Sign", caller, input: { KeyId: id } }, reply)
    const denied = { error: "AccessDeniedException" }
    const asked = [done(), denied].map((reply) =>
      ["alice", "bob", undefined].map((caller) => ask(caller, reply) === state),
    )
    expect(asked).toEqual([
      [true, false, true],
      [false, true, true],
    ])
    expect(ask("bob")).toBe(state)
    expect(after(state, "Sign", { KeyId: id }, denied)).toBe(state)
  })

  it.each([
    [id, id],
    [arn, id],
    ["alias/a", "alias/a"],
    ["arn:aws:kms:us-east-1:111122223333:alias/a", "alias/a"],
    ["", ""],
  ])("the name in %s", (named, name) => {
    expect(nameOf(named)).toBe(name)
  })

  test("which refusals say that nothing was done", () => {
    expect([...certainRefusals].sort()).toEqual([
      "AccessDeniedException",
      "AlreadyExistsException",
      "DisabledException",
      "IncorrectKeyException",
      "InvalidArnException",
      "InvalidCiphertextException",
      "InvalidGrantIdException",
      "InvalidKeyUsageException",
      "KMSInvalidStateException",
      "LimitExceededException",
      "MalformedPolicyDocumentException",
      "NotFoundException",
      "TagException",
      "ThrottlingException",
      "UnsupportedOperationException",
      "ValidationException",
    ])
  })
})

describe("a verdict", () => {
  const operation = (i: number, answered = true) => ({
    call: { i, bytes: new Uint8Array(i) },
    start: i,
    answer: answered ? { end: i + 1, reply: { ok: i } } : undefined,
  })
  const part = { things: ["a", "b", "c", "d", "e", "f"], operations: [operation(1), operation(2)] }

  test("is one line where all is well, or nothing was found in time", () => {
    expect(renderVerdict({ verdict: "linearizable", steps: 7 })).toBe("linearizable, in 7 steps")
    expect(renderVerdict({ verdict: "undecided", steps: 7, ...part })).toBe(
      "undecided after 7 steps: 2 calls about a, b, c, d, e",
    )
  })

  test("shows where calls stop making sense: the last, and what cannot come next", () => {
    const order = Array.from({ length: 14 }, (_, i) => operation(i))
    const next = Array.from({ length: 13 }, (_, i) => operation(i + 20, i > 0))
    const state = "s".repeat(601)
    const text = renderVerdict({ verdict: "violated", steps: 7, ...part, order, state, next })
    const line = (i: number) => `  ${i} to ${i + 1}: {"i":${i},"bytes":"${i} bytes"} {"ok":${i}}`
    expect(text.split("\n")).toEqual([
      "not linearizable: 2 calls about a, b, c, d, e",
      "14 of them can be put in order, the last of which are",
      ...Array.from({ length: 12 }, (_, i) => line(i + 2)),
      `and lead to ${"s".repeat(600)} …`,
      "but none of these can come next with its reply:",
      '  20 to no answer: {"i":20,"bytes":"20 bytes"} ',
      ...Array.from({ length: 11 }, (_, i) => line(i + 21)),
    ])
  })

  test("cuts what is long", () => {
    const shown = (text: string) =>
      renderVerdict({
        ...{ verdict: "violated", steps: 1, things: [], operations: [], order: [] },
        state: "s".repeat(600),
        next: [{ call: text, start: 1, answer: { end: 2, reply: undefined } }],
      })
    expect(shown("x".repeat(298))).toContain(`: "${"x".repeat(298)}" `)
    expect(shown("x".repeat(299))).toContain(`: "${"x".repeat(299)} … `)
    expect(shown("")).toContain(`and lead to ${"s".repeat(600)}\n`)
    expect(shown("").endsWith('  1 to 2: "" ')).toBe(true)
  })
})
