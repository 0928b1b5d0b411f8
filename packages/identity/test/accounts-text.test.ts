import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { readAccounts } from "../src/index.js"
import { account, openAccounts, userArn } from "./support/accounts.js"

const text = `
accounts:
  111122223333:
    policies:
      Use:
        document: &use
          Version: 2012-10-17
          Statement:
            Effect: Allow
            Action: kms:*
            Resource: "*"
            Condition:
              Bool: { aws:SecureTransport: true }
    users:
      alice:
        policies: { Own: *use }
        tags: { cost: 012345678901, answer: no }
    roles:
      App:
        maxSessionSeconds: 7200
        trustPolicy: '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole"}}'
`

describe("accounts as a text", () => {
  it("are what they say, and nothing is guessed of it", async () => {
    const { directory } = await openAccounts()
    expect(await directory.fill(readAccounts(text))).toEqual({ accounts: 1, entities: 3 })
    const alice = await directory.identities(userArn("alice"))
    expect(alice?.tags).toEqual({ cost: "012345678901", answer: "no" })
    expect(alice?.policies).toHaveLength(1)
    const role = await directory.principals.role(account, "App")
    expect(role?.record).toMatchObject({ maxSessionSeconds: 7200 })
  })

  it("are JSON as well", () => {
    expect(readAccounts('{"accounts":{"111122223333":{}}}')).toEqual({
      accounts: { "111122223333": {} },
    })
  })

  it("lose nothing: a name that no record can hold is refused, and not left out", async () => {
    const { directory } = await openAccounts()
    for (const lost of [
      "{ users: { alice: { policies: { __proto__: '{}' } } } }",
      "{ users: { alice: { tags: { __proto__: a } } } }",
      "{ users: { __proto__: {} } }",
      "{ roles: { __proto__: {} } }",
    ]) {
      const filled = directory.fill(readAccounts(`accounts: { "${account}": ${lost} }`))
      await expect(filled).rejects.toThrow(/__proto__/)
    }
    const filled = directory.fill(readAccounts("accounts: { __proto__: {} }"))
    await expect(filled).rejects.toThrow(/__proto__/)
  })

  it("are refused with the place, and without what stands there", () => {
    const secret = "wJalrXUtnFEMI"
    for (const wrong of [
      `a: [${secret}`,
      `a: "${secret}`,
      `a: 1\na: ${secret}`,
      `a: !!js/function ${secret}`,
      `a: *${secret}`,
      `--- a\n--- ${secret}`,
      `a:\n\t${secret}: 1`,
    ]) {
      expect(() => readAccounts(wrong)).toThrow(TypeError)
      expect(() => readAccounts(wrong)).not.toThrow(secret)
    }
  })

  it("that repeat themselves a billion times are refused at once", () => {
    const lines = ["a0: &a0 [x,x,x,x,x,x,x,x,x]"]
    for (let i = 1; i < 12; i += 1) lines.push(`a${i}: &a${i} [${`*a${i - 1},`.repeat(9)}]`)
    expect(() => readAccounts(lines.join("\n"))).toThrow(TypeError)
    expect(() => readAccounts("x".repeat(5 * 2 ** 20))).toThrow(TypeError)
  })

  it("are texts of so many characters, and of so many levels", () => {
    const said = new TypeError("`text` must have at most 4194304 characters")
    for (const wrong of [5, undefined, null, ["a: b"], `#${"x".repeat(4_194_304)}`]) {
      expect(() => readAccounts(wrong as string)).toThrow(said)
    }
    expect(readAccounts(`#${"x".repeat(4_194_303)}`)).toBeNull()
    const nested = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`
    let depth = 0
    for (let value = readAccounts(nested(99)); Array.isArray(value); [value] = value) depth += 1
    expect(depth).toBe(99)
    expect(() => readAccounts(nested(100))).toThrow(new TypeError("the text nests too deeply"))
  })

  it("that nest without end are refused, and do not end the process", () => {
    const steps = Array.from({ length: 300 }, (_, i) => `${" ".repeat(i)}a:`)
    for (const deep of ["[", "{a: ", "- ", "? ", "[{a: "]) {
      expect(() => readAccounts(deep.repeat(100_000))).toThrow("nests too deeply")
    }
    expect(() => readAccounts(steps.join("\n"))).toThrow("nests too deeply")
  })

  it("of any bytes neither crash nor hang, and never fill a store with what has no shape", async () => {
    const { directory } = await openAccounts()
    const pieces = fc.constantFrom(
      ..."{}[],:&*!|>-?'\"\n\t #%@~",
      ...["accounts", account, "users", "alice", "__proto__", "constructor", "<<", "...", "---"],
      ..."  \n    ",
    )
    const anyText = fc.oneof(
      fc.array(pieces, { maxLength: 60 }).map((parts) => parts.join("")),
      fc.string({ maxLength: 80 }),
      fc
        .tuple(fc.nat(text.length), fc.string({ maxLength: 4 }))
        .map(([at, more]) => text.slice(0, at) + more + text.slice(at + 1)),
    )
    await fc.assert(
      fc.asyncProperty(anyText, async (one) => {
        try {
          await directory.fill(readAccounts(one))
        } catch (error) {
          const names = ["TypeError", "NoSuchEntity", "EntityAlreadyExists"]
          expect(names).toContain((error as Error).name)
        }
      }),
      { numRuns: process.env["SLOW"] === "1" ? 20_000 : 300 },
    )
    expect(Object.getOwnPropertyNames(Object.prototype)).not.toContain("accounts")
  })
})
