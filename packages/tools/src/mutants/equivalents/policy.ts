import { alike, type Equivalent } from "./equivalent.js"
import { inPolicyOperators } from "./policy-operators.js"
import { inPolicyTexts } from "./policy-parse.js"

const policy = (path: string): string => `packages/policy/src/${path}.ts`

const forTheCompiler = "for the compiler alone: what stands there is never absent"

const compiled = (name: string): string => policy(`compile/${name}`)
const matchGrants = policy("decide/match-grants")
const savesWork = "it saves the work: without, the same comes of it"

const noText = "what was given as an object has no place, and is kept and dropped by nobody"

const readContext = policy("decide/read-context")
const searched = "searched or folded, a context says the same: the one or the other is quicker"

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

const noStatements = "versionAt: undefined, statements: [] }"

const inForms: readonly Equivalent[] = [
  ...alike(compiled("compiler"), forTheCompiler, [
    'if (typeof given === "string") byKind.get(kind)?.delete(given)',
    "true",
    "byKind.get(kind).delete",
  ]),
  ...alike(
    compiled("held-form"),
    noText,
    ["held.keeper?.keep(held)", "held.keeper.keep"],
    [
      'typeof given === "string" ? parseDocument(given, kind) : { document: given, problems: [] }',
      '["Stryker was here"]',
    ],
  ),
  ...alike(
    compiled("held-form"),
    "what is tried and thrown away has no source, and is asked for none",
    [
      `const given: NormalDocument = { version: "2012-10-17", ${noStatements}`,
      "{}",
      '""',
      '["Stryker was here"]',
    ],
    ["return { kind, given, keeper: undefined, form, bytes: 0, isRecent: false }", "true"],
  ),
  ...alike(
    compiled("compile-document"),
    "without a problem there is a document, and without a document a problem",
    ["if (problem === undefined && source !== undefined) {", "true"],
    ['const { code = "syntax", message = "the document cannot be read" } = problem ?? {}', '""'],
    [
      'const place = placeOf(text, problem?.at ?? -1, problem?.path ?? "")',
      "problem.at",
      "+1",
      "problem.path",
      '"Stryker was here!"',
    ],
  ),
  ...alike(compiled("compile-document"), noText, [
    'const problem = { code: "syntax", message: "the object cannot be read", at: -1, path: "" }',
    "+1",
  ]),
  ...alike(compiled("compile-document"), "of what is broken nobody asks for the source", [
    `const noSource: NormalDocument = { version: "2008-10-17", ${noStatements}`,
    "{}",
    '""',
    '["Stryker was here"]',
  ]),
  ...alike(compiled("read-grants"), "no grant has such a member", [
    "const bothSpellings = (names: readonly string[], idle: readonly string[] = []): Members =>",
    '["Stryker was here"]',
  ]),
]

const references = policy("decide/references")
const hasBoth = "a document has a level where it has a target, and neither elsewhere"

const inDecisions: readonly Equivalent[] = [
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
    [
      "const found: GrantMatches = { direct: undefined, limited: undefined, delegation: undefined }",
      "{}",
    ],
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
  ...alike(policy("decide/open-door"), "what matches in no way opens nothing", [
    "if (kinds === 0) continue",
    "false",
  ]),
  ...alike(policy("decide/match-kinds"), "nobody is found under a name that is absent", [
    "if (name !== undefined && isNamed(test, name, principal)) kinds |= bit",
    "true",
  ]),
  ...alike(policy("decide/match-kinds"), "nobody is found under a name that is absent", [
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
  ...alike(compiled("form-bytes"), "behind the end there is no character", [
    "for (let at = 0; at < value.length; at += 1) {",
    "at <= value.length",
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
  ...alike(
    compiled("index-grants"),
    "in one list or in several, with nobody besides, grants decide alike",
    ["obtain(ofKey, grantee.name, () => []),", '["Stryker was here"]'],
    [
      "const known = grantees.find((one) => one.arnPrefix === arnPrefix)",
      "() => undefined",
      "false",
    ],
    ["if (known !== undefined) return known", "false"],
  ),
  ...alike(
    compiled("index-grants"),
    "by whichever pair a grant is found, and asked once more or not, it applies alike",
    ["const rarest = lengths.indexOf(Math.min(...lengths))", "Math.max(...lengths)"],
    ["const others = pairs.filter((_, index) => index !== rarest).flat()", "pairs", "true"],
    [
      "byValue.set(value, { grantId, grant, rest, next, length: (next?.length ?? 0) + 1 })",
      "(next?.length ?? 0) - 1",
      "next?.length && 0",
    ],
  ),
  ...alike(compiled("index-grants"), "in one cell or in several, grants decide alike", [
    "const operations = [...new Set(grant.operations)].sort()",
    "[...new Set(grant.operations)]",
  ]),
  ...alike(compiled("index-grants"), forTheCompiler, [
    'const [name, value] = pairs[rarest] ?? ["", ""]',
    '"Stryker was here!"',
    "[]",
  ]),
  ...alike(compiled("index-grants"), "both sides have it, and are as equal as without", [
    "const pairs: string[] = []",
    '["Stryker was here"]',
  ]),
  ...alike(compiled("compile-statement"), "a key that is not asked for may be absent", [
    "conditions.some(({ key, values }) => isOnlyForIam(key) || values.some(mentionsOnlyForIam)) ||",
    "true",
  ]),
  ...alike(compiled("compile-principal"), "who means everyone means whoever else is named", [
    "if (principal.isEveryone && principal.entries.length === 0 && !principal.isNegated) {",
    "true",
    "false",
    "principal.entries.length !== 0",
  ]),
  ...alike(
    compiled("bundle"),
    savesWork,
    ["if (problem !== undefined) work.hasBroken = true", "true"],
    ["const form = held.keeper === undefined ? held.form : undefined", "false"],
  ),
  ...alike(compiled("bundle"), "nobody finds an account in it", [
    "const noOrganizations: readonly OrganizationSlots[] = []",
    '["Stryker was here"]',
  ]),
  ...alike(compiled("compile-actions"), "as a pattern it matches the same actions", [
    "if (known !== undefined) {",
    "false",
  ]),
  ...alike(compiled("index-grants"), forTheCompiler, [
    'const pair = pairText(name, context[name] ?? "")',
    '"Stryker was here!"',
  ]),
  ...alike(
    compiled("compile-condition"),
    savesWork,
    ['const templates = values.filter((value) => value.includes("${"))', '""'],
    ["if (templates.length === 0) return noVariables", "false"],
    ["operator: source.operator === row.name ? row.name : source.operator,", "false"],
  ),
  ...alike(compiled("compile-resources"), "as a pattern it matches every resource, too", [
    'if (value === "*") isEverything = true',
    "false",
  ]),
  ...alike(compiled("compile-resources"), "part by part it says the same, and takes longer", [
    "const staysInside = parts.slice(0, arnParts - 1).some(hasBoundWildcard)",
    "arnParts + 1",
    "parts",
  ]),
  ...alike(
    compiled("compile-resources"),
    "behind the region there is none, whatever stands there",
    [
      'return [first, ...middle, last].map((piece) => piece?.text ?? "").join("")',
      '"Stryker was here!"',
    ],
  ),
  ...alike(compiled("compile-resources"), "part by part it says the same, and takes longer", [
    'return token.kind === "star" && index < part.length - 1',
    "true",
  ]),
  ...alike(
    compiled("compile-resources"),
    "whatever stands for a star or a variable matches it, and what is no region matches none",
    [
      'token.kind === "text" ? token.text : token.kind === "one" ? "?" : ""',
      "true",
      '"Stryker was here!"',
    ],
    [
      'const regions = ["", ...literalOf(pattern).split(":", partsToRegion)]',
      '"Stryker was here!"',
    ],
  ),
  ...alike(compiled("compile-principal"), "nobody has such a name", [
    "bound ??= []",
    '["Stryker was here"]',
  ]),
  ...alike(policy("decide/situation"), "in an empty list nothing is found", [
    "if (entries.length === 0 || isServiceLinkedRole(principal)) return undefined",
    "false",
  ]),
  ...alike(
    compiled("read-grants"),
    "spelled anew it is the same",
    ["return true", "false"],
    ["function isPlain(grant: Grant | GrantListEntry): boolean {", "{}"],
    ["isSpelledPlainly(grant as Given, grantMembers) &&", "false"],
    ["function isSpelledPlainly(given: Given, members: Members): boolean {", "{}"],
    ["for (const name of Object.keys(given)) if (members.get(name) !== name) return false", "true"],
  ),
  ...alike(
    compiled("read-grants"),
    "the sentence of an error of ours is for people",
    ['const grant = spelledPlainly(given as Given, grantMembers, "a grant")', '""'],
    [
      'constraints: spelledPlainly(constraints as Given, constraintMembers, "grant constraints"),',
      '""',
    ],
  ),
  ...alike(policy("decide/retire-grant"), "what its own side allows is within the limits", [
    "((identity.bit & delegationKinds) !== 0 && ownSideAllows(situation))",
    "true",
  ]),
  ...alike(policy("decide/references"), "made once or anew, it says the same", [
    "return index === 0 ? ownReference(statement) : plainReference(document, index, statement)",
    "false",
  ]),
  ...alike(compiled("compile-actions"), "as a pattern it matches every action, too", [
    'if (value === "*") {',
    "{}",
    "false",
  ]),
]

export const inPolicy: readonly Equivalent[] = [
  ...inPolicyOperators,
  ...inPolicyTexts,
  ...inContexts,
  ...inForms,
  ...inDecisions,
]
