import { alike, type Equivalent } from "./equivalent.js"

/* How policies and grants decide. */

const decide = (name: string): string => `packages/policy/src/decide/${name}.ts`
const matchGrants = decide("match-grants")
const readContext = decide("read-context")
const references = decide("references")

const forTheCompiler = "for the compiler alone: what stands there is never absent"
const savesWork = "it saves the work: without, the same comes of it"
const searched = "searched or folded, a context says the same: the one or the other is quicker"
const hasBoth = "a document has a level where it has a target, and neither elsewhere"

const alsoUndefined = "limited: undefined, delegation: undefined }"

const inContexts: readonly Equivalent[] = [
  ...alike(readContext, searched, [
    "if (names.length <= searchedNamesMax)",
    "true",
    "false",
    "names.length < searchedNamesMax",
    "names.length > searchedNamesMax",
  ]),
  ...alike(
    readContext,
    "no condition has an empty key, and so finds no empty name",
    ["for (let at = 0; at < names.length; at += 1) {", "at <= names.length"],
    ['const name = names[at] ?? ""', '"Stryker was here!"'],
  ),
  ...alike(
    readContext,
    "what has another length does not fold to it, and what is spelled so does",
    [
      "if (name.length !== key.length || (name !== spelling && !foldsTo(name, key))) continue",
      "false",
      "true",
    ],
  ),
  ...alike(readContext, "what is undefined adds nothing to what there is", [
    "if (value === undefined) continue",
    "false",
  ]),
  ...alike(readContext, "a text is a scalar, too", [
    'if (typeof value === "string") return value',
    "false",
    '""',
  ]),
]

export const inPolicyDecisions: readonly Equivalent[] = [
  ...inContexts,
  ...alike(
    references,
    hasBoth,
    [
      "if (level === undefined || target === undefined) {",
      "level === undefined && target === undefined",
    ],
    [
      "return level === undefined || target === undefined",
      "level === undefined && target === undefined",
    ],
  ),
  ...alike(
    matchGrants,
    "what was not found opens nothing, and what was found first stays",
    [`const found: GrantMatches = { direct: undefined, ${alsoUndefined}`, "{}"],
    ["if (operation === undefined) return found", "false"],
    ["if (grant === undefined) continue", "false"],
    ["if (found.direct !== undefined) return found", "false"],
  ),
  ...alike(matchGrants, "who is meant neither directly nor within limits is an account", [
    "else if ((bit & delegationKinds) !== 0) found.delegation ??= grant",
    "true",
  ]),
  ...alike(
    matchGrants,
    savesWork,
    ["if (cell.equals.size > 0) {", "true", "cell.equals.size >= 0"],
    ["if (cell.subsets.size === 0) return undefined", "false"],
    ["question.child === undefined || grantAdmits(grant, question)", "false"],
  ),
  ...alike(matchGrants, forTheCompiler, ['const name = pairs[at] ?? ""', '"Stryker was here!"']),
  ...alike(matchGrants, "no ARN begins with it", [
    "const byId = slash < 0 ? undefined : form.byKey.get(resource.slice(slash + 5))",
    "slash <= 0",
  ]),
  ...alike(
    references,
    hasBoth,
    ["if (level === undefined || target === undefined) {", "false"],
    ["return level === undefined || target === undefined", "false"],
  ),
  ...alike(decide("match-statement"), "a statement without resources has no actions either", [
    "if (resources !== undefined) {",
    "true",
  ]),
  ...alike(decide("open-door"), "who is meant neither directly nor within limits is an account", [
    "if ((kinds & delegationKinds) !== 0) found.delegation ??= statement",
    "true",
  ]),
  ...alike(decide("open-door"), "what matches in no way opens nothing", [
    "if (kinds === 0) continue",
    "false",
  ]),
  ...alike(decide("match-kinds"), "nobody is found under a name that is absent", [
    "if (name !== undefined && isNamed(test, name, principal)) kinds |= bit",
    "true",
  ]),
  ...alike(decide("match-kinds"), "nobody is found under a name that is absent", [
    "return name !== undefined && isNamed(test, name, principal)",
    "true",
  ]),
  ...alike(
    matchGrants,
    "no operation and no source has such a name",
    [
      "operations: operations === undefined ? [] : listOf(operations).map(String),",
      "false",
      '["Stryker was here"]',
    ],
    ['return typeof only === "string" ? only : undefined', "true"],
    [".flatMap((byGrantee) => byGrantee.get(name) ?? [])", '["Stryker was here"]'],
  ),
  ...alike(matchGrants, "grants without a source are looked at twice then", [
    'sourceArn === undefined || sourceArn === "" ? undefined : ofGrantee.bySource.get(sourceArn)',
    "false",
    'sourceArn === undefined && sourceArn === ""',
  ]),
  ...alike(matchGrants, "every ARN begins with nothing", [
    'if (arnPrefix !== "" && !principal.arn.startsWith(arnPrefix)) continue',
    "true",
    '"Stryker was here!"',
  ]),
  ...alike(matchGrants, "nobody is found under a name that is absent", [
    "if (name === undefined) continue",
    "false",
  ]),
  ...alike(matchGrants, "grants without a source are looked at twice then", [
    'sourceArn === undefined || sourceArn === "" ? undefined : ofGrantee.bySource.get(sourceArn)',
    '"Stryker was here!"',
  ]),
  ...alike(matchGrants, forTheCompiler, [
    'let entry = cell.subsets.get(name)?.get(context[name] ?? "")',
    '"Stryker was here!"',
  ]),
  ...alike(decide("situation"), "in an empty list nothing is found", [
    "if (entries.length === 0 || isServiceLinkedRole(principal)) return undefined",
    "false",
  ]),
  ...alike(decide("retire-grant"), "what its own side allows is within the limits", [
    "((identity.bit & delegationKinds) !== 0 && ownSideAllows(situation))",
    "true",
  ]),
  ...alike(decide("references"), "made once or anew, it says the same", [
    "return index === 0 ? ownReference(statement) : plainReference(document, index, statement)",
    "false",
  ]),
]
