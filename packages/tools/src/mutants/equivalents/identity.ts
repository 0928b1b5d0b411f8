import { alike, type Equivalent } from "./equivalent.js"

const identity = (path: string): string => `packages/identity/src/${path}.ts`

const inSigV4: readonly Equivalent[] = [
  ...alike(
    identity("sigv4/claim"),
    "what is missing behind the first slash is refused for its last part",
    [
      'const [accessKeyId = "", scopeDate = "", region = "", service = "", terminator, ...more] =',
      '"Stryker was here!"',
    ],
  ),
  ...alike(identity("sigv4/claim"), "nobody asks for a parameter without a name", [
    'const value = end < 0 ? "" : part.slice(end + 1).trim()',
    "end <= 0",
  ]),
  ...alike(
    identity("sigv4/claim"),
    "what is absent is no date: the pattern would be asked for the text `undefined`",
    ["if (own !== undefined && isoDate.test(own)) return own", "true"],
    ["if (standard !== undefined && isoDate.test(standard)) return standard", "true"],
    ["if (standard !== undefined && httpDate.test(standard)) {", "true"],
  ),
  ...alike(
    identity("sigv4/canonical"),
    "what is usual is answered without the work, and alike",
    ['path === "/" ? path : encoded(normalized(path)).replaceAll("%2F", "/")', "false", '""'],
    ['query.length === 0 ? "" : sortedQuery(query)', "false"],
  ),
  ...alike(identity("sigv4/canonical"), "a signed header that is not there was refused before", [
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the line as it stands
    'for (const name of signedHeaders) headers += `${name}:${request.headers.get(name) ?? ""}\\n`',
    '"Stryker was here!"',
  ]),
  ...alike(identity("sigv4/hashing"), "behind the end there is nothing in either text", [
    "for (let i = 0; i < a.length; i += 1) difference |= a.charCodeAt(i) ^ b.charCodeAt(i)",
    "i <= a.length",
  ]),
  ...alike(
    identity("sigv4/request"),
    "the pattern saves the replacement, which leaves one space as it is",
    [
      String.raw`const unevenSpace = /\s\s|[^\S ]/`,
      String.raw`/\S\s|[^\S ]/`,
      String.raw`/\s\S|[^\S ]/`,
      String.raw`/\s\s|[\S ]/`,
      String.raw`/\s\s|[^\s ]/`,
    ],
  ),
  ...alike(identity("sigv4/request"), "an empty parameter is left out anyway", [
    'if (query === "") return []',
    "false",
    '"Stryker was here!"',
  ]),
  ...alike(identity("sigv4/request"), "a target begins with a slash", [
    'const [path, query] = end < 0 ? [target, ""] : [target.slice(0, end), target.slice(end + 1)]',
    "end <= 0",
  ]),
  ...alike(identity("sigv4/verifier"), "a date without a match is no moment either way", [
    "const [, y, mo, d, h, mi, s] = " +
      String.raw`/^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/.exec(date) ?? []`,
    '["Stryker was here"]',
  ]),
  ...alike(identity("sigv4/verifier"), "the claim was read: its date has this form", [
    "const [, y, mo, d, h, mi, s] = " +
      String.raw`/^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/.exec(date) ?? []`,
    String.raw`/(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/`,
    String.raw`/^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z/`,
  ]),
]

const inMoments = alike(
  identity("sigv4/verifier"),
  "the moment that is remembered saves the work; none is asked for by another text",
  ['let [last, lastMs] = ["", 0]', "[]", '"Stryker was here!"'],
  ["if (date !== last) {", "true"],
)

const inSts: readonly Equivalent[] = [
  ...alike(identity("sts/assume-role"), "of those who may ask only sessions of roles carry tags", [
    "before?.transitiveTagKeys.includes(key),",
    "before.transitiveTagKeys",
  ]),
  ...alike(identity("sts/assume-role"), "no role is read whose trust policy is none", [
    "if (trust.problem !== undefined) throw notAuthorized(bearer, action, roleArn)",
    "false",
  ]),
  ...alike(identity("sts/assume-role"), "nobody asks: the form of a grant has it", [
    "isChained: roleSessionOf(bearer) !== undefined,",
    "true",
    "false",
    "roleSessionOf(bearer) === undefined",
  ]),
  ...alike(identity("sts/mfa"), "the tries of a user stand under any name that is its own", [
    'const user = entityKey("user", shown.account, shown.userName)',
    '""',
  ]),
]

const inDirectory: readonly Equivalent[] = [
  ...alike(identity("directory/access-keys"), "no key has another id: the form saves the look-up", [
    "const idForm = /^[A-Z0-9]{16,128}$/",
    "/[A-Z0-9]{16,128}$/",
    "/^[A-Z0-9]{16,128}/",
  ]),
  ...alike(
    identity("directory/access-keys"),
    "as many are found as are asked for: the check is the compiler's",
    ["([found]) => found?.value,", "found.value"],
    ["([found]) => found?.value?.usedMs,", "found.value"],
    ['if (user?.value === undefined) throw noSuchEntity("user", userName)', "user.value"],
  ),
  ...alike(identity("directory/access-keys"), "no number is less than none and an hour", [
    "if (before !== undefined && nowMs < before + limits.lastUseMs) return",
    "true",
  ]),
  ...alike(identity("directory/access-keys"), "removing what is not there changes nothing", [
    "remove: [],",
    '["Stryker was here"]',
  ]),
  ...alike(
    identity("directory/directory"),
    "as many are found as are asked for: the check is the compiler's",
    ["return found?.value", "found.value"],
  ),
  ...alike(identity("directory/fill"), "removing what is not there changes nothing", [
    "await storage.commit({ expect: [], put, remove: [] })",
    '["Stryker was here"]',
  ]),
  ...alike(identity("directory/fill"), "one item more fits into the commit, too", [
    "for (; at < items.length && draft.size() < limits.batchMax - 20; at += 1) {",
    "draft.size() <= limits.batchMax - 20",
  ]),
  ...alike(
    identity("directory/identities"),
    "as many are found as are asked for: the check is the compiler's",
    ["([found]) => found?.value,", "found.value"],
    ["const record = found?.value", "found.value"],
    [
      "([found]) => (found?.value === undefined ? undefined : " +
        'withPolicies("role", found.value, [])),',
      "found.value",
    ],
  ),
  ...alike(identity("directory/identities"), "what is the same is known", [
    "if (known !== undefined && isSame) return known.principal",
    "true",
  ]),
  ...alike(identity("directory/reader"), "what has more than it may has an oldest one", [
    "if (oldest !== undefined) known.delete(oldest)",
    "true",
  ]),
  ...alike(
    identity("directory/entities"),
    "what zod refuses has an issue: the check is the compiler's",
    [
      'const place = [what, ...(issue?.path ?? []).map(String)].join(".")',
      "issue.path",
      '["Stryker was here"]',
    ],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the line as it stands
    ['throw new TypeError(`\\`${place}\\` ${issue?.message ?? "is wrong"}`)', "issue.message"],
  ),
]

const inSessions: readonly Equivalent[] = [
  ...alike(identity("sessions/bearers"), "a session has as many limits as it was granted", [
    "before.length === policies.length && before.every((one, i) => one === policies[i])",
    "true",
  ]),
  ...alike(identity("sessions/session-tokens"), "what has more than it may has an oldest one", [
    "if (oldest !== undefined) known.delete(oldest)",
    "true",
  ]),
  ...alike(identity("sessions/bearers"), "a user has a list, and nobody has no key", [
    "const { accessKeyIds = [] } = (user?.record ?? {}) as Partial<UserRecord>",
    '["Stryker was here"]',
  ]),
]

const inCallers: readonly Equivalent[] = [
  ...alike(identity("callers/request"), "a group that is not told is none of the quantum kind", [
    "if (postQuantum && (tls.group === undefined || !isPostQuantum(tls.group))) {",
    "false",
  ]),
  ...alike(identity("callers/vpc-endpoint"), "no endpoint has the name `undefined`", [
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the line as it stands
    "return name !== undefined && names.has(name) ? undefined : `${id} has no such name.`",
    "true",
  ]),
  ...alike(identity("callers/way"), "neither text begins with `Bearer`", [
    String.raw`/^Bearer +([A-Za-z0-9\-._~+/]+=*) *$/i.exec(authorization ?? "")?.[1]`,
    '"Stryker was here!"',
  ]),
  ...alike(
    identity("callers/ways"),
    "what is absent is no signature, no token, no SPIFFE ID and no trust domain, nor is this",
    ['/^AWS4-/.test(headerOf(request, "authorization") ?? "") ||', '"Stryker was here!"'],
    ['return decodeJwt(token).sub ?? ""', '"Stryker was here!"'],
    ['return ""', '"Stryker was here!"'],
    ['const domain = spiffeForm.exec(subject)?.[1] ?? ""', '"Stryker was here!"'],
    ["if (token === undefined) return undefined", "false"],
  ),
  ...alike(identity("callers/vpc-endpoint"), "whatever is split has a first part", [
    'const [first = "", bits] = range.split("/")',
    '"Stryker was here!"',
  ]),
]

const depth = "a check in depth: the evaluator's own parser has found it before"
const object = 'typeof value === "object" && value !== null && !Array.isArray(value)'

const inRecords: readonly Equivalent[] = [
  ...alike(identity("records/trust-document"), "every character has a code point", [
    'const units = Array.from(provider, (one) => one.codePointAt(0)?.toString(16).padStart(2, "0"))',
    "one.codePointAt(0).toString",
  ]),
  ...alike(
    identity("records/trust-document"),
    depth,
    [
      object,
      ...["true", 'typeof value === "object" && value !== null || !Array.isArray(value)'],
      'typeof value === "object" || value !== null',
    ],
    [
      'if (!actions.every((action) => typeof action === "string" && /^(?:sts:|\\*$)/i.test(action))) {',
      "true",
      String.raw`/^(?:sts:|\*)/i`,
    ],
    ['typeof provider === "string" ? providerPrincipal(provider) : provider', "true"],
    ['if (!isObject(parsed)) return { problem: "must be an object" }', ...["false", "{}", '""']],
    [
      'if (!statements.every(isObject)) return { problem: "must have statements" }',
      ...["false", "{}", '""'],
    ],
    [
      "const broken = principals.problem ?? providers.problem",
      "principals.problem && providers.problem",
    ],
    [
      "return broken === undefined ? { principals, providers } : { problem: broken.message }",
      ...["true", "{}"],
    ],
  ),
  ...alike(identity("records/documents"), "a function that answers nothing answers `undefined`", [
    "} catch {",
    "{}",
  ]),
  ...alike(identity("records/documents"), "nobody reads the code of an issue", [
    'context.issues.push({ code: "custom", input: undefined, message: problem })',
    '""',
  ]),
]

const inAccountsText: readonly Equivalent[] = [
  ...alike(identity("accounts-text/read-accounts"), "of an error its place and its code are told", [
    '...{ lineCounter, schema: "failsafe", uniqueKeys: true, prettyErrors: false },',
    "true",
  ]),
  ...alike(identity("accounts-text/read-accounts"), "warnings are printed of no unknown level", [
    'logLevel: "error",',
    '""',
  ]),
  ...alike(identity("accounts-text/read-accounts"), "as many as the parser takes by itself", [
    "return document.toJS({ maxAliasCount })",
    "{}",
  ]),
]

export const inIdentity: readonly Equivalent[] = [
  ...inSigV4,
  ...inMoments,
  ...inSts,
  ...inDirectory,
  ...inCallers,
  ...inSessions,
  ...inRecords,
  ...inAccountsText,
]
