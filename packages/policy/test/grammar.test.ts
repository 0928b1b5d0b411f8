import { describe, expect, test } from "vitest"
import { parseDocument } from "../src/parse/parse-document.js"
import type { DocumentKind } from "../src/vocabulary/documents.js"
import { documentCharactersMax } from "../src/vocabulary/limits.js"

/** A problem's code, its path, and what stands where it is; `last` where it stands there twice. */
type Expected = readonly [code: string, path: string, at: string, which?: "last"]

function expectProblems(text: string, kind: DocumentKind, ...wanted: readonly Expected[]): void {
  const { problems } = parseDocument(text, kind)
  expect(problems.map(({ code, path, at }) => [code, path, at])).toEqual(
    wanted.map(([code, path, part, which]) => {
      expect(text).toContain(part)
      return [code, path, which === "last" ? text.lastIndexOf(part) : text.indexOf(part)]
    }),
  )
  for (const { message } of problems) expect(message).toMatch(/^\S.* \S/)
}

const allow = { Effect: "Allow", Principal: "*", Action: "kms:*", Resource: "*" }
const everything = { Effect: "Allow", Action: "*", Resource: "*" }
const documentOf = (...Statement: readonly unknown[]) =>
  JSON.stringify({ Version: "2012-10-17", Statement })

/** A statement in which something is another way, or missing where it is undefined. */
const changed = (more: object) => documentOf({ ...allow, ...more })

/** A statement with further text in front of its other members. */
const withText = (members: string) => changed({}).replace('{"Effect"', `{${members},"Effect"`)

const kinds: readonly DocumentKind[] = [
  ...(["keyPolicy", "vpcEndpointPolicy", "rcp"] as const),
  ...(["identityPolicy", "permissionsBoundary", "sessionPolicy", "scp"] as const),
]
const ofIdentities = kinds.slice(3)

describe("a document without a problem", () => {
  test.each(kinds)("is a %s of its elements", (kind) => {
    const isOfIdentity = ofIdentities.includes(kind)
    const statement = { ...everything, ...(!isOfIdentity && { Principal: "*" }), Sid: "a" }
    expectProblems(documentOf(statement), kind)
    expectProblems(JSON.stringify({ Statement: statement }), kind)
    expectProblems(documentOf(), kind)
  })

  test.each([
    ["actions", { Action: ["*", "kms:*", "s3:Get?bject", "kms:a*b"] }],
    ["no actions", { Action: undefined, Resource: undefined }],
    ["other actions", { Action: undefined, NotAction: "kms:*" }],
    ["other resources", { Resource: undefined, NotResource: ["*"] }],
    ["accounts", { Principal: { AWS: ["111122223333", "*"] } }],
    ["a service", { Principal: { Service: "logs.amazonaws.com", Federated: "cognito" } }],
    ["nobody", { Principal: {} }],
    ["others", { Effect: "Deny", Principal: undefined, NotPrincipal: { AWS: "111122223333" } }],
    ["a condition", { Condition: { NumericEquals: { a: [1, "2", true] }, Bool: { b: false } } }],
    ["an empty condition", { Condition: { StringEquals: {} } }],
    [
      "presence",
      { Condition: { Null: { a: true }, "ForAllValues:StringLikeIfExists": { a: "" } } },
    ],
  ])("may have %s", (_, more) => {
    expectProblems(changed(more), "keyPolicy")
  })
})

describe("a document", () => {
  test.each<[string, DocumentKind, ...Expected[]]>([
    ["[]", "keyPolicy", ["wrongType", "", "["]],
    [' "x"', "scp", ["wrongType", "", '"']],
    ["{", "keyPolicy", ["syntax", "", "", "last"]],
    ["{}", "keyPolicy", ["missingStatement", "Statement", "{"]],
    ['{"Statement":[],"Foo":1}', "keyPolicy", ["unknownElement", "Foo", '"Foo"']],
    ['{"Statement":1}', "keyPolicy", ["wrongType", "Statement", "1"]],
    [
      '{"Statement":[1,"x"]}',
      "keyPolicy",
      ["wrongType", "Statement[0]", "1"],
      ["wrongType", "Statement[1]", '"x"'],
    ],
    ['{"Statement":[],"Version":2012}', "scp", ["unsupportedVersion", "Version", "2012"]],
    ['{"Statement":[],"Version":"2012-10-18"}', "scp", ["unsupportedVersion", "Version", '"2012-']],
    ['{"Statement":[],"Id":1}', "keyPolicy", ["wrongType", "Id", "1"]],
    ['{"Statement":[],"Id":"x"}', "keyPolicy"],
    ['{"Statement":[],"Id":"x"}', "vpcEndpointPolicy"],
    ['{"Statement":[],"Id":"x"}', "rcp", ["idNotAllowed", "Id", '"x"']],
    ['{"Statement":[],"Statement":[1]}', "scp", ["duplicateMember", "Statement", '"St', "last"]],
    [
      '{"Statement":{"Effect":"Deny","Sid":1}}',
      "keyPolicy",
      ["wrongType", "Statement.Sid", "1"],
      ["missingPrincipal", "Statement.Principal", '{"Effect"'],
    ],
  ])("%s, as %s, has these problems", (text, kind, ...wanted) => {
    expectProblems(text, kind, ...wanted)
  })

  test.each(ofIdentities)("that is a %s has no Id, no principal, and all that it needs", (kind) => {
    const text = JSON.stringify({ Id: "x", Statement: [allow, { Effect: "Deny" }] })
    expectProblems(
      text,
      kind,
      ["idNotAllowed", "Id", '"x"'],
      ["principalNotAllowed", "Statement[0].Principal", '"*"'],
      ["missingAction", "Statement[1].Action", '{"Effect":"Deny"'],
      ["missingResource", "Statement[1].Resource", '{"Effect":"Deny"'],
    )
  })

  test.each([
    ["keyPolicy", []],
    ["vpcEndpointPolicy", ["missingAction", "missingResource"]],
    ["rcp", ["missingAction", "missingResource"]],
  ] as const)("that is a %s and says nothing of actions misses %j", (kind, wanted) => {
    const { problems } = parseDocument(documentOf({ Effect: "Deny", Principal: "*" }), kind)
    expect(problems.map(({ code }) => code)).toEqual(wanted)
  })

  test("is read up to its greatest length, and no further", () => {
    const longest = documentOf().padEnd(documentCharactersMax)
    expectProblems(longest, "keyPolicy")
    expectProblems(`${longest} `, "keyPolicy", ["syntax", "", "{"])
  })

  test.each([
    ["2012-10-17", "2012-10-17"],
    ["2008-10-17", "2008-10-17"],
    [undefined, "2008-10-17"],
  ])("of version %s is read as one of %s", (Version, wanted) => {
    const { document } = parseDocument(JSON.stringify({ Version, Statement: [] }), "scp")
    expect(document?.version).toBe(wanted)
  })

  test("that is no text has its problems without a place", () => {
    expect(parseDocument({ Statement: { Effect: "Allow", Foo: 1 } }, "scp").problems).toEqual(
      ["unknownElement", "missingAction", "missingResource"].map((code) => ({
        code,
        message: expect.any(String),
        at: -1,
        path: expect.stringMatching(/^Statement\.(?:Foo|Action|Resource)$/),
      })),
    )
  })

  test.each([
    ["a function", () => 1],
    ["nothing", undefined],
    ["a number that is not finite", { Statement: Number.NaN }],
    ["a symbol in a list", { Statement: [Symbol("x")] }],
    ["a long", { Statement: { Effect: 1n } }],
    ["null", null],
    ["a list", []],
  ])("is not %s", (_, value) => {
    const { document, problems } = parseDocument(value, "scp")
    expect(document).toBeUndefined()
    const message = expect.stringMatching(/^\S.* \S/)
    const code = expect.stringMatching(/^(?:syntax|wrongType)$/)
    expect(problems).toEqual([{ code, message, at: -1, path: "" }])
  })

  test("that is no text leaves out what is undefined, and inherits nothing", () => {
    const inherited = Object.create({ Foo: 1 })
    Object.assign(inherited, { Statement: [], Bar: undefined })
    expect(parseDocument(inherited, "scp").problems).toEqual([])
  })
})

/** So that whoever looks for more problems, as lint does, finds them in all that is understood. */
describe("what is left of a document with problems", () => {
  const statements = (text: string) => parseDocument(text, "keyPolicy").document?.statements

  test("are the statements that have an effect", () => {
    expect(statements("{}")).toEqual([])
    expect(statements('{"Statement":1}')).toEqual([])
    const text = documentOf(1, allow, { ...allow, Effect: "Maybe" }, { ...allow, Sid: 1 })
    expect(statements(text)?.map(({ index, sid }) => [index, sid])).toEqual([
      [1, undefined],
      [3, undefined],
    ])
  })

  test("are of a principal the entries that are texts, of which everyone is one", () => {
    const principal = (Principal: unknown) => statements(changed({ Principal }))?.[0]?.principal
    for (const wrong of [77, "x", ["*"]]) {
      expect(principal(wrong)).toMatchObject({ isEveryone: false, entries: [] })
    }
    const some = principal({ Foo: "*", AWS: ["111122223333", 1] })
    expect(some).toMatchObject({ isEveryone: false, hasEmptyList: false })
    expect(some?.entries.map(({ value }) => value)).toEqual(["111122223333"])
    expect(principal({ Service: "*" })).toMatchObject({ isEveryone: false })
    expect(principal({ AWS: [1, "111122223333", "*"] })).toMatchObject({ isEveryone: true })
  })

  test("are of a condition the operators that there are, with the values that are texts", () => {
    const conditions = (Condition: unknown) =>
      statements(changed({ Condition }))?.[0]?.conditions.map(({ operator, key, values }) => [
        operator,
        key,
        values.map(({ value }) => value),
      ])
    expect(conditions(77)).toEqual([])
    expect(conditions({ Foo: { a: "x" }, Bool: "true", NullIfExists: { a: true } })).toEqual([])
    expect(conditions({ Bool: { a: null, A: [true, null, 1.5] } })).toEqual([
      ["Bool", "a", []],
      ["Bool", "A", ["true", "1.5"]],
    ])
  })
})

const here = "Statement[0]"

describe("a statement of a key policy", () => {
  test.each<[string, ...Expected[]]>([
    [changed({ Foo: 1 }), ["unknownElement", `${here}.Foo`, '"Foo"']],
    [changed({ Effect: undefined }), ["invalidEffect", `${here}.Effect`, '{"Principal"']],
    [changed({ Effect: "allow" }), ["invalidEffect", `${here}.Effect`, '"allow"']],
    [changed({ Effect: ["Allow"] }), ["invalidEffect", `${here}.Effect`, '["Allow"]']],
    [changed({ Sid: 77 }), ["wrongType", `${here}.Sid`, "77"]],
    [changed({ NotAction: "kms:x" }), ["bothForms", `${here}.NotAction`, '"NotAction"']],
    [changed({ NotResource: "*" }), ["bothForms", `${here}.NotResource`, '"NotResource"']],
    [changed({ NotPrincipal: {} }), ["bothForms", `${here}.NotPrincipal`, '"NotPrincipal"']],
    [changed({ Action: 77 }), ["wrongType", `${here}.Action`, "77"]],
    [changed({ Action: ["kms:x", null] }), ["wrongType", `${here}.Action[1]`, "null"]],
    [changed({ Resource: { a: 1 } }), ["wrongType", `${here}.Resource`, '{"a"']],
    [changed({ Resource: [["x"]] }), ["wrongType", `${here}.Resource[0]`, '["x"]']],
    ...["kms", "", ":x", "kms:", "k*:x", "k?:x", "*:x", "?:*"].map((action): [string, Expected] => [
      changed({ Action: ["kms:a", action] }),
      ["invalidAction", `${here}.Action[1]`, `${JSON.stringify(action)}]`],
    ]),
    [withText('"Sid":"a","Sid":"b"'), ["duplicateMember", `${here}.Sid`, '"Sid":"b"']],
  ])("%s has these problems", (text, ...wanted) => {
    expectProblems(text, "keyPolicy", ...wanted)
  })
})

describe("a principal", () => {
  const principal = (Principal: unknown) => changed({ Principal })
  const path = `${here}.Principal`

  test.each<[string, ...Expected[]]>([
    [principal(undefined), ["missingPrincipal", path, '{"Effect"']],
    [principal(77), ["invalidPrincipal", path, "77"]],
    [principal("x"), ["invalidPrincipal", path, '"x"']],
    [principal(["*"]), ["invalidPrincipal", path, '["*"]']],
    [principal({ Foo: "x" }), ["invalidPrincipal", `${path}.Foo`, '"Foo"']],
    [principal({ AWS: 77 }), ["wrongType", `${path}.AWS`, "77"]],
    [principal({ AWS: ["*", true] }), ["wrongType", `${path}.AWS[1]`, "true"]],
    [principal({ AWS: "a*" }), ["partialWildcardPrincipal", `${path}.AWS`, '"a*"']],
    [principal({ Service: "*" }), ["partialWildcardPrincipal", `${path}.Service`, '"*"']],
    [principal({ Service: ["a?b"] }), ["partialWildcardPrincipal", `${path}.Service[0]`, '"a?']],
    [principal({ AWS: "" }), ["invalidPrincipal", `${path}.AWS`, '""']],
    [principal({ AWS: "ann" }), ["invalidPrincipal", `${path}.AWS`, '"ann"']],
    [principal({ Federated: "" }), ["invalidPrincipal", `${path}.Federated`, '""']],
    [principal({ Service: "logs" }), ["invalidPrincipal", `${path}.Service`, '"logs"']],
    [principal({ CanonicalUser: "*" }), ["invalidPrincipal", `${path}.CanonicalUser`, '"*"']],
    [
      changed({ Principal: undefined, NotPrincipal: { AWS: "x" } }),
      ["invalidPrincipal", `${here}.NotPrincipal.AWS`, '"x"'],
      ["notPrincipalWithAllow", `${here}.NotPrincipal`, '{"AWS"'],
    ],
    [
      principal({ AWS: "*" }).replace('"AWS"', '"AWS":"x","AWS"'),
      ["duplicateMember", `${path}.AWS`, '"AWS":"*"'],
      ["invalidPrincipal", `${path}.AWS`, '"x"'],
    ],
  ])("%s has these problems", (text, ...wanted) => {
    expectProblems(text, "keyPolicy", ...wanted)
  })
})

describe("a condition", () => {
  const condition = (Condition: unknown) => changed({ Condition })
  const path = `${here}.Condition`

  test.each<[string, ...Expected[]]>([
    [condition(77), ["wrongType", path, "77"]],
    [condition([]), ["wrongType", path, "[]"]],
    [condition({ Foo: {} }), ["invalidOperator", `${path}.Foo`, '"Foo"']],
    [condition({ NullIfExists: {} }), ["nullIfExists", `${path}.NullIfExists`, '"Null']],
    [condition({ Bool: "true" }), ["wrongType", `${path}.Bool`, '"true"']],
    [condition({ Bool: { "": "true" } }), ["invalidKey", `${path}.Bool.`, '"":']],
    [condition({ Bool: { a: null } }), ["wrongType", `${path}.Bool.a`, "null"]],
    [condition({ Bool: { a: [1, [2]] } }), ["wrongType", `${path}.Bool.a[1]`, "[2]"]],
    [
      condition({ Bool: { "a:b": "true", "A:b": "false" } }),
      ["duplicateKeyByCase", `${path}.Bool.A:b`, '"A:b"'],
    ],
    [
      condition({ Bool: { a: "true" } }).replace('"a"', '"a":"false","a"'),
      ["duplicateMember", `${path}.Bool.a`, '"a":"true"'],
    ],
    [
      condition({ Bool: { a: 1 } }).replace('"Bool"', '"Bool":{"c":2},"Bool"'),
      ["duplicateMember", `${path}.Bool`, '"Bool":{"a"'],
    ],
  ])("%s has these problems", (text, ...wanted) => {
    expectProblems(text, "keyPolicy", ...wanted)
  })
})

describe("a resource control policy", () => {
  const rcp = (more: object) => documentOf({ ...allow, Effect: "Deny", ...more })
  const [rcpAction, rcpPrincipal] = [`${here}.Action`, `${here}.Principal`]

  test.each<[string, ...Expected[]]>([
    [rcp({})],
    [rcp({ Effect: "Allow", Action: "*" })],
    [rcp({ Effect: "Allow", Action: ["*"], Resource: ["*"] })],
    [rcp({ Principal: { AWS: "*" }, Resource: "arn:aws:kms:*:*:key/x" })],
    [rcp({ Effect: "Allow" }), ["rcpElement", `${here}.Effect`, '{"Effect"']],
    [rcp({ Effect: "Allow", Action: ["*", "*"] }), ["rcpElement", `${here}.Effect`, '{"Ef']],
    [rcp({ Effect: "Allow", Action: "*", Resource: "x" }), ["rcpElement", `${here}.Effect`, '{"E']],
    [
      rcp({ Effect: "Allow", Action: "*", Condition: { Bool: { a: true } } }),
      ["rcpElement", `${here}.Effect`, '{"Ef'],
    ],
    [
      rcp({ Effect: "Allow", Action: undefined, NotAction: "*" }),
      ["rcpElement", `${here}.Effect`, '{"Ef'],
    ],
    [rcp({ Action: undefined }), ["missingAction", rcpAction, '{"Effect"']],
    [
      rcp({ Effect: "Allow", Action: "*", Resource: undefined }),
      ["missingResource", `${here}.Resource`, '{"Effect"'],
      ["rcpElement", `${here}.Effect`, '{"Effect"'],
    ],
    [
      rcp({ Action: undefined, NotAction: "kms:x" }),
      ["rcpElement", `${here}.NotAction`, '"kms:x"'],
    ],
    [rcp({ Action: ["kms:x", "*"] }), ["rcpElement", `${here}.Action[1]`, '"*"]']],
    [rcp({ Principal: undefined }), ["missingPrincipal", rcpPrincipal, '{"Effect"']],
    [rcp({ Principal: { AWS: ["*", "111122223333"] } }), ["rcpElement", rcpPrincipal, '{"AWS"']],
    [rcp({ Principal: { AWS: "111122223333" } }), ["rcpElement", rcpPrincipal, '{"AWS"']],
    [
      rcp({ Principal: undefined, NotPrincipal: "*" }),
      ["rcpElement", `${here}.NotPrincipal`, '"*"}'],
    ],
  ])("%s has these problems", (text, ...wanted) => {
    expectProblems(text, "rcp", ...wanted)
  })
})
