import { alike, type Equivalent } from "./equivalent.js"

const policy = (path: string): string => `packages/policy/src/${path}.ts`
const arns = policy("operators/arns")
const dates = policy("operators/dates")
const binary = policy("operators/binary")

const forTheCompiler = "for the compiler alone: what stands there is never absent"
const nothingBefore = "what has nothing in front of the mark is refused either way"
const readTwice = "what cannot be read equals nothing: the one guard or the other says so"

const inOperators: readonly Equivalent[] = [
  ...alike(
    arns,
    "an empty piece of text says nothing",
    [
      'if (colon > from) current.push({ kind: "text", text: token.text.slice(from, colon) })',
      "true",
      "colon >= from",
    ],
    [
      'if (from < token.text.length) current.push({ kind: "text", text: token.text.slice(from) })',
      "true",
      "from <= token.text.length",
    ],
  ),
  ...alike(arns, "what begins with a colon does not begin with `arn:`", [
    "if (colon < 0) break",
    "colon <= 0",
  ]),
  ...alike(
    arns,
    "matched alike, as it is or prepared: what is not prepared takes no memory",
    ["if (isShortPattern(value, variables)) {", "false", "{}"],
    ["return matchArns(short.length === values.length ? values : short, patterns)", "false"],
  ),
  ...alike(
    arns,
    forTheCompiler,
    ['const own = actual[index] ?? ""', '"Stryker was here!"'],
    [
      'if (!matchShort(pattern.slice(from, colon), actual[index] ?? "")) return false',
      '"Stryker was here!"',
    ],
    ['return matchShort(pattern.slice(from), actual[arnParts - 1] ?? "")', '"Stryker was here!"'],
  ),
  ...alike(binary, "both sides have it, and are as equal as without", [
    "const bytes: string[] = []",
    '["Stryker was here"]',
  ]),
  ...alike(binary, "both sides have it, and are as equal as without", [
    'return bytes.join("")',
    '"Stryker was here!"',
  ]),
  ...alike(
    binary,
    readTwice,
    [
      "const wanted = new Set(values.map(decodeBase64).filter((value) => value !== undefined))",
      "values.map(decodeBase64)",
      "true",
    ],
    ["return actual !== undefined && wanted.has(actual)", "true"],
  ),
  ...alike(
    dates,
    nothingBefore,
    ["const date = parseDay(t < 0 ? text : text.slice(0, t), t >= 0)", "t <= 0", "t > 0"],
    ["if (date === undefined || t < 0) return date", "t <= 0"],
    ["const whole = dot < 0 ? text : text.slice(0, dot)", "dot <= 0"],
    ["if (dot < 0) return whole.length === 4 ? undefined : Number(whole)", "dot <= 0"],
    ["const whole = field(dot < 0 ? text : text.slice(0, dot), 2, 0, 59)", "dot <= 0"],
    ["if (whole === undefined || dot < 0) return whole", "dot <= 0"],
    ["if (sign < 0) return { clock: text, offsetSeconds: 0 }", "sign <= 0"],
  ),
  ...alike(dates, forTheCompiler, [
    'const seconds = parts.length === 3 ? parseSeconds(parts[2] ?? "") : 0',
    '"Stryker was here!"',
  ]),
  ...alike(dates, "no number is before, behind or at what is none", [
    "const wanted = values.map(parseInstant).filter((value) => value !== undefined)",
    "values.map(parseInstant)",
    "true",
  ]),
]

const findPiece = policy("operators/find-piece")

const inPatterns: readonly Equivalent[] = [
  ...alike(
    findPiece,
    "a place is found alike: each way is quicker, or takes less, for pieces of some length",
    ["if (length > plainSearchMax) {", "true", "length >= plainSearchMax"],
    ["if (from + length > end) return -1", "false", "from - length"],
    ["if (piece.ones === undefined) {", "false", "{}"],
    [
      "if (wanted.length > automatonMax) return segmentsFinder(wanted, ones)",
      "true",
      "false",
      "wanted.length >= automatonMax",
    ],
  ),
  ...alike(findPiece, "one that is empty, or another: it has no text to be found", [
    'text === "" ? emptyPiece : newPiece(text, ones)',
    "false",
    '"Stryker was here!"',
  ]),
]

const parsed = (name: string): string => policy(`parse/${name}`)
const readJson = parsed("read-json")
const behindTheEnd = "behind the end there is no character, as none of those that are looked for"
const failedAlready = "what has failed has failed: what is read after it is heard of by nobody"

const inTexts: readonly Equivalent[] = [
  ...alike(policy("operators/tokens"), "what is absent is as false", [
    "const missing: MissingEnds = { brace: false, quote: false }",
    "{}",
  ]),
  ...alike(parsed("report"), "the sentence of a problem is for people: programs go by its code", [
    'accept === "strings" ? "a string" : "a string, number or boolean"',
    "true",
    "false",
    '""',
  ]),
  ...alike(parsed("document-rules"), "what is neither forbidden nor everyone's is required", [
    'principal: "required",',
    '""',
  ]),
  ...alike(
    parsed("document-rules"),
    "it may have an Id and a principal: no sentence says its title",
    ['title: "key policy",', '""'],
    ['title: "VPC endpoint policy",', '""'],
  ),
  ...alike(parsed("parse-conditions"), "what is not of strings is of scalars", [
    'const values = readTexts(member.value, keyPath, report, "scalars")',
    '""',
  ]),
  ...alike(parsed("parse-document"), "nothing but a string has such a value", [
    'const value = node.type === "string" ? node.value : undefined',
    "true",
  ]),
  ...alike(parsed("parse-document"), "a document of another version is broken, and says nothing", [
    'return "2008-10-17"',
    '""',
  ]),
  ...alike(parsed("parse-principal"), "nothing but a string has such a value", [
    'if (member.value.type === "string" && member.value.value === "*") isEveryone = true',
    "true",
  ]),
  ...alike(
    parsed("parse-statement"),
    "a statement without an effect is left out; until then it is no Allow",
    ['effect: effect ?? "Deny",', '""'],
  ),
  ...alike(parsed("parse-statement"), "a wildcard is no colon", [
    "const isBefore = (found: number, place: number): boolean => found >= 0 && found < place",
    "found <= place",
  ]),
  ...alike(parsed("parse-statement"), forTheCompiler, [
    '!list.isNegated && list.values.length === 1 && list.values[0]?.value === "*"',
    "list.values[0].value",
  ]),
  ...alike(parsed("place"), behindTheEnd, [
    "for (let at = 0; at < text.length; at += 1) {",
    "at <= text.length",
  ]),
  ...alike(
    readJson,
    behindTheEnd,
    ["while (at < text.length) {", "at <= text.length"],
    ["for (let at = start; at < text.length; at += 1) {", "at <= text.length"],
  ),
  ...alike(
    readJson,
    failedAlready,
    ["if (node !== undefined) {", "true"],
    ['return value === undefined ? undefined : { type: "string", at, value }', "false"],
    ["if (name === undefined) return undefined", "false"],
    ["if (value === undefined) return undefined", "false"],
  ),
  ...alike(
    readJson,
    "there is a failure where there is no value",
    ["if (node === undefined || cursor.failure !== undefined) {", "false"],
    [
      'return { ok: false, failure: cursor.failure ?? { message: "no value", at: cursor.at } }',
      "{}",
      '""',
    ],
  ),
  ...alike(readJson, "what has no escape is read alike by the reader of those that have", [
    "if (code === backslash) return readEscaped(cursor, start, at)",
    "true",
  ]),
]

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
      'const given: NormalDocument = { version: "2012-10-17", versionAt: undefined, statements: [] }',
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
    'const noSource: NormalDocument = { version: "2008-10-17", versionAt: undefined, statements: [] }',
    "{}",
    '""',
    '["Stryker was here"]',
  ]),
  ...alike(compiled("read-grants"), "no grant has such a member", [
    "const bothSpellings = (names: readonly string[], idle: readonly string[] = []): Members =>",
    '["Stryker was here"]',
  ]),
]

const inDecisions: readonly Equivalent[] = [
  ...alike(compiled("form-bytes"), behindTheEnd, [
    "for (let at = 0; at < value.length; at += 1) {",
    "at <= value.length",
  ]),
  ...alike(matchGrants, "every ARN begins with nothing", [
    'if (arnPrefix !== "" && !principal.arn.startsWith(arnPrefix)) continue',
    "true",
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
  ...alike(compiled("index-grants"), "in one cell or in several, grants decide alike", [
    "const operations = [...new Set(grant.operations)].sort()",
    "[...new Set(grant.operations)]",
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
  ...alike(compiled("compile-resources"), "part by part it says the same, and takes longer", [
    'return token.kind === "star" && index < part.length - 1',
    "true",
  ]),
  ...alike(
    compiled("compile-resources"),
    "whatever stands for a star or a variable matches it, and what is no region matches none",
    ['token.kind === "text" ? token.text : token.kind === "one" ? "?" : ""', '"Stryker was here!"'],
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
  ...inOperators,
  ...inPatterns,
  ...inTexts,
  ...inContexts,
  ...inForms,
  ...inDecisions,
]
