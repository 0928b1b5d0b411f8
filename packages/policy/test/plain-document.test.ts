import { describe, expect, test } from "vitest"
import { compileDocument, type DocumentKind, plainDocument } from "../src/index.js"
import { allows, callers, home, keyAllows } from "./support/scene.js"

const plainStatement = (statement: object, kind: DocumentKind) =>
  plainDocument({ Statement: statement }, kind)?.Statement

describe("a document in its plain shape", () => {
  test("has lists wherever there may be one, and no Id", () => {
    const policy = {
      Id: "x",
      Version: "2012-10-17",
      Statement: {
        Sid: "s",
        Effect: "Allow",
        Principal: { AWS: home, Service: ["logs.amazonaws.com"] },
        Action: "kms:Decrypt",
        Resource: ["*"],
        Condition: { Bool: { a: true, b: ["false", 1] }, Null: { a: "true" } },
      },
    }
    const plain = {
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "s",
          Effect: "Allow",
          Principal: { AWS: [home], Service: ["logs.amazonaws.com"] },
          Action: ["kms:Decrypt"],
          Resource: ["*"],
          Condition: { Bool: { a: ["true"], b: ["false", "1"] }, Null: { a: ["true"] } },
        },
      ],
    }
    expect(plainDocument(policy, "keyPolicy")).toEqual(plain)
    expect(plainDocument(JSON.stringify(policy), "keyPolicy")).toEqual(plain)
    expect(plainDocument(plain, "keyPolicy")).toEqual(plain)
  })

  test("has what is negated under its name, and nothing that was not written", () => {
    const deny = { Effect: "Deny", NotAction: "kms:*", NotResource: "a" }
    expect(plainStatement({ ...deny, NotPrincipal: { AWS: home } }, "keyPolicy")).toEqual([
      { Effect: "Deny", NotPrincipal: { AWS: [home] }, NotAction: ["kms:*"], NotResource: ["a"] },
    ])
    expect(plainStatement(deny, "scp")).toEqual([
      { Effect: "Deny", NotAction: ["kms:*"], NotResource: ["a"] },
    ])
    const inert = { Effect: "Allow", Principal: "*" }
    expect(Object.keys(plainStatement(inert, "keyPolicy")?.[0] ?? {})).toEqual(Object.keys(inert))
  })

  test.each(["*", { AWS: ["*"] }, { AWS: ["*", home] }])("has the principal %j as it is", (who) => {
    const [statement] = plainStatement({ Effect: "Allow", Principal: who }, "keyPolicy") ?? []
    expect(statement?.Principal).toEqual(who)
  })

  test("names the language of 2008 where it names none", () => {
    expect(plainDocument({ Statement: [] }, "scp")).toEqual({
      Version: "2008-10-17",
      Statement: [],
    })
  })

  test("is that of what was compiled, whichever kind is said", () => {
    const { user } = callers
    const compiled = compileDocument(keyAllows({ AWS: user.arn }), "keyPolicy")
    expect(plainDocument(compiled, "scp")?.Statement[0]?.Principal).toEqual({ AWS: [user.arn] })
  })

  test("there is none of one that cannot be read", () => {
    for (const document of ["{", { Statement: 1 }, keyAllows("*")]) {
      expect(plainDocument(document, "identityPolicy")).toBeUndefined()
      expect(plainDocument(compileDocument(document, "scp"), "scp")).toBeUndefined()
    }
  })
})

describe("a document that is compiled", () => {
  test.each(["policy", "", "toString", "__proto__"])("as %j is a wrong call", (kind) => {
    expect(() => compileDocument(allows(), kind as DocumentKind)).toThrow(TypeError)
  })

  test("is frozen, and so is its problem", () => {
    for (const document of [compileDocument(allows(), "scp"), compileDocument("{", "scp")]) {
      expect(Object.isFrozen(document)).toBe(true)
      expect(Object.isFrozen(document.problem ?? Object.freeze({}))).toBe(true)
    }
  })

  test("has its first problem, and where that is", () => {
    const text = '{"Statement":[\n{"Effect":"Deny","Sid":1,"Foo":2}]}'
    const { kind, problem } = compileDocument(text, "scp")
    const message = "`Foo` is not an element of a statement"
    const place = { path: "Statement[0].Foo", line: 2, column: 26 }
    expect(kind).toBe("scp")
    expect(problem).toEqual({ code: "unknownElement", message, ...place })
    expect(compileDocument(JSON.parse(text), "scp").problem).toEqual({
      code: "unknownElement",
      message,
      path: place.path,
    })
  })

  test("of an object that throws has a problem of syntax", () => {
    const hostile = {
      get Statement() {
        throw new Error("no")
      },
    }
    expect(compileDocument(hostile, "scp").problem).toEqual({
      code: "syntax",
      message: "the object cannot be read",
      path: "",
    })
  })
})
