import { alike, type Equivalent } from "./equivalent.js"
import { inPolicyDecisions } from "./policy-decide.js"
import { inLint } from "./policy-lint.js"
import { inPolicyOperators } from "./policy-operators.js"
import { inPolicyTexts } from "./policy-parse.js"

const policy = (path: string): string => `packages/policy/src/${path}.ts`

const forTheCompiler = "for the compiler alone: what stands there is never absent"

const compiled = (name: string): string => policy(`compile/${name}`)
const savesWork = "it saves the work: without, the same comes of it"

const noText = "what was given as an object has no place, and is kept and dropped by nobody"

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

const inCompiled: readonly Equivalent[] = [
  ...alike(compiled("form-bytes"), "behind the end there is no character", [
    "for (let at = 0; at < value.length; at += 1) {",
    "at <= value.length",
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
  ...alike(compiled("held-form"), "what cannot be read has a problem", [
    "const isBroken = document === undefined || problems.length > 0",
    "false",
  ]),
  ...alike(compiled("compile-principal"), "one name or a set of one is the same name", [
    "return names.length === 1",
    "false",
  ]),
  ...alike(compiled("compile-statement"), "no statement but one of a key policy allows alone", [
    'return allowed(kind === "keyPolicy" ? "keyPolicy" : "identityPolicy", [by])',
    "true",
    '""',
  ]),
  ...alike(compiled("compile-actions"), savesWork, [
    "if (lower === wholeCatalogue) {",
    "{}",
    "false",
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
    "{}",
  ]),
  ...alike(compiled("index-grants"), forTheCompiler, [
    'const pair = pairText(name, context[name] ?? "")',
    '"Stryker was here!"',
  ]),
  ...alike(
    compiled("compile-condition"),
    savesWork,
    ['const templates = values.filter((value) => value.includes("${"))', '""', "values"],
    ["if (templates.length === 0) return noVariables", "false"],
    ["tokenize(value, { hasVariables: true, hasWildcards: false }).filter(isVariable),", "true"],
    ['if (typeof value === "string" && condition.isPlain) {', "false", '""', "{}"],
    [
      "if (variables.length > 0 && variables.some((variable) => isAmbiguous(variable, read))) {",
      "variables.length >= 0",
    ],
    ["operator: source.operator === row.name ? row.name : source.operator,", "false"],
    [
      "spelling: findConditionKey(source.key) === undefined ? source.key : interned(source.key),",
      "true",
      "false",
      "findConditionKey(source.key) !== undefined",
    ],
    [
      'isPlain: row.tests === "value" && values.length > 0 && variables.length === 0,',
      "false",
      '""',
    ],
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
  ...alike(compiled("compile-resources"), "part by part it says the same, and takes longer", [
    'if (token.kind === "one") return true',
    "true",
    'token.kind !== "one"',
  ]),
  ...alike(compiled("compile-resources"), savesWork, [
    'const variables = version === "2012-10-17" && value.includes("${")',
    '""',
  ]),
  ...alike(compiled("compile-resources"), forTheCompiler, [
    '...tokenize(parts[arnParts - 1] ?? "", { hasVariables: true, hasWildcards: true }),',
    '"Stryker was here!"',
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
    'token.kind === "star" || index < part.length - 1',
    "index <= part.length - 1",
    "part.length + 1",
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
  ...alike(compiled("compile-actions"), "as a pattern it matches every action, too", [
    'if (value === "*") {',
    "{}",
    "false",
  ]),
]

export const inPolicy: readonly Equivalent[] = [
  ...inPolicyOperators,
  ...inPolicyTexts,
  ...inPolicyDecisions,
  ...inLint,
  ...inForms,
  ...inCompiled,
]
