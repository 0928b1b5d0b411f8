import fc from "fast-check"
import { describe, expect, test } from "vitest"
import {
  type Change,
  type ContextScalar,
  type ContextValue,
  compile,
  createCompiler,
  type Decision,
  type DocumentKind,
  type Explanation,
  indexGrants,
  listGrants,
  type Policies,
  type PolicyDocument,
  type PolicyRequest,
  plainDocument,
  renderExplanation,
} from "../src/index.js"
import { folded } from "./reference/operators.js"
import { somePolicies, someRequest } from "./support/world.js"

const slow = process.env.SLOW === "1"

const numRuns = slow ? 100_000 : 600

function holds(check: (policies: Policies, request: PolicyRequest) => void): void {
  fc.assert(fc.property(somePolicies, someRequest, check), { numRuns })
}

const answer = ({ effect, reason }: Decision) => ({ effect, reason })
const decide = (policies: Policies, request: PolicyRequest) => compile(policies).decide(request)

type Rewrite = (statements: readonly object[]) => readonly object[]

function rewriteDocument(document: unknown, rewrite: Rewrite): object {
  const { Statement, ...rest } = document as { Statement: readonly object[] }
  return { ...rest, Statement: rewrite([Statement].flat()) }
}

/** Every document of the policies with its statements rewritten. */
function rewriteAll(policies: Policies, rewrite: Rewrite): Policies {
  const one = <Item>(document: Item | undefined) =>
    document === undefined ? undefined : rewriteDocument(document, rewrite)
  const many = (documents: readonly unknown[] | undefined) =>
    documents?.map((document) => rewriteDocument(document, rewrite))
  const levels = (entries: Policies["scps"]) =>
    entries?.map((entry) => ({
      ...entry,
      levels: entry.levels.map((level) => ({ ...level, policies: many(level.policies) ?? [] })),
    }))
  return {
    ...policies,
    keyPolicy: one(policies.keyPolicy),
    identityPolicies: many(policies.identityPolicies),
    permissionsBoundary: one(policies.permissionsBoundary),
    sessionPolicies: many(policies.sessionPolicies),
    scps: levels(policies.scps),
    rcps: levels(policies.rcps),
    vpcEndpointPolicy: one(policies.vpcEndpointPolicy),
  }
}

describe("what never changes a decision", () => {
  test("writing every document in its plain shape", () => {
    const plain = (document: PolicyDocument | undefined, kind: DocumentKind) => {
      if (document === undefined) return undefined
      const written = plainDocument(document, kind)
      if (written === undefined) throw new Error("a document of the world cannot be read")
      expect(plainDocument(JSON.stringify(written), kind)).toEqual(written)
      return written
    }
    const many = (documents: readonly PolicyDocument[] | undefined, kind: DocumentKind) =>
      documents?.map((document) => plain(document, kind) ?? document)
    holds((policies, request) => {
      const { keyPolicy, permissionsBoundary, vpcEndpointPolicy } = policies
      const rewritten: Policies = {
        ...policies,
        keyPolicy: plain(keyPolicy, "keyPolicy"),
        identityPolicies: many(policies.identityPolicies, "identityPolicy"),
        permissionsBoundary: plain(permissionsBoundary, "permissionsBoundary"),
        sessionPolicies: many(policies.sessionPolicies, "sessionPolicy"),
        vpcEndpointPolicy: plain(vpcEndpointPolicy, "vpcEndpointPolicy"),
        grants: listGrants(policies.grants ?? []),
      }
      expect(decide(rewritten, request)).toEqual(decide(policies, request))
      expect(compile(rewritten).policies).toBe(rewritten)
    })
  })

  test("the order of statements", () => {
    holds((policies, request) => {
      const reversed = rewriteAll(policies, (statements) => [...statements].reverse())
      expect(answer(decide(reversed, request))).toEqual(answer(decide(policies, request)))
    })
  })

  test("the order of policies and grants", () => {
    holds((policies, request) => {
      const { grants } = policies
      const reversed: Policies = {
        ...policies,
        identityPolicies: policies.identityPolicies?.toReversed(),
        sessionPolicies: policies.sessionPolicies?.toReversed(),
      }
      expect(answer(decide(reversed, request))).toEqual(answer(decide(policies, request)))
      if (!Array.isArray(grants) || request.action === "kms:RetireGrant") return
      const regrouped = { ...policies, grants: grants.toReversed() }
      expect(answer(decide(regrouped, request))).toEqual(answer(decide(policies, request)))
    })
  })

  test("a statement that is written twice", () => {
    holds((policies, request) => {
      const doubled = rewriteAll(policies, (statements) => [...statements, ...statements])
      expect(answer(decide(doubled, request))).toEqual(answer(decide(policies, request)))
    })
  })

  test("the Sid of a statement", () => {
    holds((policies, request) => {
      const named = rewriteAll(policies, (statements) =>
        statements.map((statement, index) => ({ Sid: `Renamed${index}`, ...statement })),
      )
      expect(answer(decide(named, request))).toEqual(answer(decide(policies, request)))
    })
  })

  test("a context key that no policy names", () => {
    holds((policies, request) => {
      const context = { ...request.context, "test:Unrelated": ["x"] }
      expect(decide(policies, { ...request, context })).toEqual(decide(policies, request))
    })
  })

  test("the letter case of context keys, and whether the context is a record or a lookup", () => {
    holds((policies, request) => {
      const byName = new Map<string, unknown[]>()
      for (const [key, value] of Object.entries(request.context)) {
        byName.set(folded(key), [...(byName.get(folded(key)) ?? []), value])
      }
      // biome-ignore lint/suspicious/noExplicitAny: the values are context values
      const lookup = (key: string): any => {
        const values = byName.get(key)
        return values !== undefined && values.length > 1 ? values.flat() : values?.[0]
      }
      expect(decide(policies, { ...request, context: lookup })).toEqual(decide(policies, request))
    })
  })

  test("text or object, compiled before or not, cached or not, indexed grants or a list", () => {
    const compiler = createCompiler({ bytesMax: 20_000 })
    holds((policies, request) => {
      const wanted = decide(policies, request)
      const text = {
        ...policies,
        keyPolicy: policies.keyPolicy && JSON.stringify(policies.keyPolicy),
        identityPolicies: policies.identityPolicies?.map((one) => JSON.stringify(one)),
      }
      expect(decide(text, request)).toEqual(wanted)
      expect(compiler.compile(text).decide(request)).toEqual(wanted)
      const compiled = {
        ...text,
        keyPolicy: text.keyPolicy && compiler.compileDocument(text.keyPolicy, "keyPolicy"),
        identityPolicies: text.identityPolicies?.map((one) =>
          compiler.compileDocument(one, "identityPolicy"),
        ),
        grants: Array.isArray(policies.grants) ? indexGrants(policies.grants) : policies.grants,
      }
      expect(compile(compiled).decide(request)).toEqual(wanted)
    })
  })
})

test("an added deny never allows more", () => {
  const deny = { Effect: "Deny", Principal: "*", Action: "kms:Decrypt", Resource: "*" }
  holds((policies, request) => {
    if (policies.keyPolicy === undefined) return
    const before = decide(policies, request)
    const keyPolicy = rewriteDocument(policies.keyPolicy, (statements) => [...statements, deny])
    const after = decide({ ...policies, keyPolicy }, request)
    if (before.effect !== "allow") expect(after.effect).not.toBe("allow")
  })
})

/** The decision once more, from nothing but what the explanation records. */
function effectOf({ documents, opened, limits, decision }: Explanation): string {
  const applying = documents.flatMap(({ statements }) =>
    statements.filter(({ applies }) => applies),
  )
  if (applying.some(({ effect }) => effect === "Deny")) return "explicitDeny"
  const outer = limits.some(
    ({ limit, result }) =>
      limit !== "permissionsBoundary" && limit !== "sessionPolicy" && result === "blocked",
  )
  if (outer) return "implicitDeny"
  return opened.length === 0 && decision.by.every((by) => !("grantId" in by)) ? "closed" : "open"
}

test("an explanation never disagrees with its decision, and its records support it", () => {
  holds((policies, request) => {
    const compiled = compile(policies)
    const explained = compiled.explain(request)
    const { decision } = explained
    expect(decision).toEqual(compiled.decide(request))
    const recorded = effectOf(explained)
    if (recorded === "explicitDeny" || decision.effect === "explicitDeny") {
      expect(recorded).toBe(decision.effect)
    }
    if (recorded === "implicitDeny") expect(decision.effect).toBe("implicitDeny")
    if (decision.effect === "allow" && request.principal.type !== "root") {
      expect(recorded).toBe("open")
    }
    for (const by of decision.by) {
      if ("grantId" in by || by.statement === undefined) continue
      const document = explained.documents.find(
        (one) => one.document === by.document && one.index === by.index && one.level === by.level,
      )
      expect(
        document?.statements.find(({ statement }) => statement === by.statement)?.applies,
      ).toBe(true)
    }
  })
})

test("explanations and decisions are plain values: JSON keeps them whole", () => {
  holds((policies, request) => {
    const explained = compile(policies).explain(request)
    expect(JSON.parse(JSON.stringify(explained))).toEqual(explained)
    expect(Object.isFrozen(explained.decision)).toBe(true)
    expect(Object.isFrozen(explained.decision.by)).toBe(true)
    expect(renderExplanation(explained)).toContain(request.action)
  })
})

test("every denial by silence leaves a way to see what is missing", () => {
  holds((policies, request) => {
    const { decision } = compile(policies).explain(request)
    if (decision.effect === "explicitDeny") expect(decision.by).toHaveLength(1)
    if (decision.effect === "allow" && decision.reason !== "identityPolicy") {
      expect(decision.by.length).toBeGreaterThan(0)
    }
  })
})

const pairPrefix = "kms:encryptioncontext:"
const namesKey = "kms:encryptioncontextkeys"

/** The request with the changes made by hand; undefined when a policy would have to change. */
function changedRequest(request: PolicyRequest, changes: readonly Change[]) {
  const context: Record<string, ContextValue | undefined> = { ...request.context }
  let encryptionContext: Record<string, string> = { ...request.encryptionContext }
  const removeWhere = (test: (lower: string) => boolean) => {
    for (const name of Object.keys(context)) if (test(folded(name))) delete context[name]
  }
  const setNames = (names: readonly ContextScalar[]) => {
    removeWhere((name) => name === namesKey)
    if (names.length > 0) context["kms:EncryptionContextKeys"] = names
  }
  const namesOf = () => {
    const found = Object.keys(context).filter((name) => folded(name) === namesKey)
    return found.flatMap((name) => context[name] ?? [])
  }
  for (const change of changes) {
    if (change.change === "setEncryptionContext") {
      encryptionContext = { ...change.encryptionContext }
      removeWhere((name) => name.startsWith(pairPrefix))
      for (const [name, value] of Object.entries(encryptionContext)) {
        context[`kms:EncryptionContext:${name}`] = value
      }
      setNames(Object.keys(encryptionContext))
    } else if (change.change === "setContext" || change.change === "removeContext") {
      const lower = folded(change.key)
      removeWhere((name) => name === lower)
      if (change.change === "setContext") context[change.key] = change.value
      if (!lower.startsWith(pairPrefix)) continue
      const pair = change.key.slice(pairPrefix.length)
      const others = (name: string) => folded(name) !== folded(pair)
      const kept = Object.entries(encryptionContext).filter(([name]) => others(name))
      const names = namesOf().filter((name) => others(String(name)))
      const added = change.change === "setContext" ? [[pair, String(change.value)]] : []
      encryptionContext = Object.fromEntries([...kept, ...added])
      setNames([...names, ...added.map(([name]) => name ?? "")])
    } else return undefined
  }
  return { ...request, encryptionContext, context }
}

test("every counterfactual turns the answer when tried, and none of its changes is idle", () => {
  let offered = 0
  let asked = 0
  fc.assert(
    fc.property(somePolicies, someRequest, (policies, request) => {
      const compiled = compile(policies)
      const before = compiled.decide(request).effect === "allow"
      const found = compiled.counterfactuals(request, { max: 3 })
      asked++
      if (found.length > 0) offered++
      expect(found.length).toBeLessThanOrEqual(3)
      for (const { decision, changes, sentence } of found) {
        expect(decision.effect === "allow").toBe(!before)
        expect(changes.length).toBeGreaterThan(0)
        expect(sentence).toContain(before ? "would be denied" : "would be allowed")
        const changed = changedRequest(request, changes)
        if (changed === undefined) continue
        expect(compiled.decide(changed).effect === "allow").toBe(!before)
        for (const idle of changes) {
          const fewer = changes.filter((change) => change !== idle)
          const tried = changedRequest(request, fewer) ?? request
          expect(compiled.decide(tried).effect === "allow").toBe(before)
        }
      }
    }),
    { numRuns: numRuns / 3 },
  )
  // Some two thirds.
  expect(offered / asked).toBeGreaterThan(0.4)
})
