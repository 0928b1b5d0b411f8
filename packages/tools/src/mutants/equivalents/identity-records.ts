import { alike, type Equivalent } from "./equivalent.js"

const identity = (path: string): string => `packages/identity/src/${path}.ts`

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
    "const units = Array.from(provider, (one) => " +
      'one.codePointAt(0)?.toString(16).padStart(2, "0"))',
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
      'if (!actions.every((action) => typeof action === "string" && ' +
        String.raw`/^(?:sts:|\*$)/i.test(action))) {`,
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

const inWords: readonly Equivalent[] = [
  ...alike(identity("vocabulary/arns"), "where nothing matches, no partition does", [
    'const [, own, account = "", kind, path = "", name = ""] = principalForm.exec(arn) ?? []',
    '"Stryker was here!"',
    '["Stryker was here"]',
  ]),
  ...alike(identity("vocabulary/text"), "behind the end nothing is written", [
    "for (let i = 0; i < text.length; i += 4) {",
    "i <= text.length",
  ]),
  ...alike(identity("web-tokens/public-address"), "what matches has its parts, or is not used", [
    'const tail = dotted ? v4Of(dotted[2] ?? "") : 0',
    '"Stryker was here!"',
  ]),
  ...alike(identity("web-tokens/public-address"), "used with a dotted end alone", [
    "const last = dotted ? " +
      '[(tail >>> 16).toString(16), (tail & 0xffff).toString(16)].join(":") : ""',
    '"Stryker was here!"',
  ]),
  ...alike(identity("web-tokens/public-address"), "whatever is split has a first part", [
    'const [head = [], rest = []] = halves.map((half) => (half === "" ? [] : half.split(":")))',
    '["Stryker was here"]',
  ]),
  ...alike(identity("web-tokens/public-address"), "what is no number is not handed out", [
    "const [first = 0, second = 0] = v6Of(address) ?? []",
    '["Stryker was here"]',
  ]),
]

/** Of accounts, of who calls, and of tokens. */
export const inIdentityRecords: readonly Equivalent[] = [
  ...inDirectory,
  ...inCallers,
  ...inSessions,
  ...inRecords,
  ...inAccountsText,
  ...inWords,
]
