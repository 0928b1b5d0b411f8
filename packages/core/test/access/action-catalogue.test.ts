import { actions } from "@keywright/policy"
import { describe, expect, it } from "vitest"
import { catalogue } from "../../src/operations/catalogue.js"
import type { AnyRow } from "../../src/operations/row.js"
import type { Subject } from "../../src/operations/subjects.js"
import { grantOperations } from "../../src/vocabulary/grant-operations.js"

/*
 * The catalogue of actions in the policy package and the rows of the operations say the same in
 * two places, each from its own source.
 */

type Asking = Exclude<Subject, { readonly by: "own key" | "key store" }>

const isAsking = (subject: Subject): subject is Asking =>
  subject.by !== "own key" && subject.by !== "key store"

const asking = (Object.values(catalogue) as readonly AnyRow[])
  .flatMap(({ subjects }) => subjects)
  .filter(isAsking)

const subjectsOf = (action: string) => asking.filter((subject) => subject.action === action)

/** AWS KMS calls it between regions; no operation asks for it. */
const internal = "kms:SynchronizeMultiRegionKey"
/** CreateKey and ReplicateKey ask for it too, for a key that is about to be. */
const tagResource = "kms:TagResource"

/** Filled by the engine from the call as a whole, whatever the row says. */
const filledByTheEngine = [
  "kms:CallerAccount",
  "kms:ViaService",
  "kms:RequestAlias",
  "kms:RecipientAttestation:",
  "kms:GrantIsForAWSResource",
  "kms:ReEncryptOnSameKey",
  "aws:ResourceTag/",
]

/** The condition keys that the members of a row fill. */
function filledBy(subject: Asking): readonly string[] {
  const context = "encryptionContext" in subject && subject.encryptionContext !== undefined
  return [
    ...Object.keys(subject.conditionKeys ?? {}),
    ...(context ? ["kms:encryptioncontext:", "kms:encryptioncontextkeys"] : []),
    ...(subject.tags === undefined ? [] : ["aws:requesttag/", "aws:tagkeys"]),
    ...(subject.tagKeys === undefined ? [] : ["aws:tagkeys"]),
    ...(subject.asksLastUsage ? ["kms:trailingdayswithoutkeyusage"] : []),
  ]
}

describe("the catalogue of actions", () => {
  it("names the actions that operations ask for, and no others", () => {
    const asked = new Set(asking.map(({ action }) => action))
    expect(actions.map(({ name }) => name)).toEqual([...asked, internal].sort())
  })

  it("knows which of them are about a key, an alias, or neither", () => {
    const inRows = actions.map(({ name }) => {
      const kinds = new Set(subjectsOf(name).map(({ by }) => by))
      if (name === internal) return [name, "key"]
      if (kinds.has("alias")) return [name, "alias+key"]
      const isKeyless = kinds.has("account") && name !== tagResource
      return [name, isKeyless ? "*" : "key"]
    })
    expect(actions.map(({ name, resource }) => [name, resource])).toEqual(inRows)
  })

  it("knows which of them a grant can permit", () => {
    const grantable = actions.filter(({ grantable: is }) => is).map(({ name }) => name.slice(4))
    expect(grantable).toEqual(grantOperations.toSorted())
  })

  it.each(actions.filter(({ name }) => name !== internal).map((row) => [row.name, row] as const))(
    "knows the condition keys of %s",
    (name, { conditionKeys }) => {
      const subjects = subjectsOf(name).filter(({ by }) => name !== tagResource || by !== "account")
      const filled = new Set(subjects.flatMap(filledBy))
      const own = conditionKeys.map((key) => key.toLowerCase())
      expect([...filled].filter((key) => !own.includes(key))).toEqual([])
      // What a function derives from the input is tried in the tests of each condition key.
      if (subjects.some(({ derive }) => derive !== undefined)) return
      const elsewhere = filledByTheEngine.map((key) => key.toLowerCase())
      expect(own.filter((key) => !filled.has(key) && !elsewhere.includes(key))).toEqual([])
    },
  )
})
