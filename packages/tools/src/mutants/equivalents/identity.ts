import { alike, type Equivalent } from "./equivalent.js"
import { inIdentityRecords } from "./identity-records.js"

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
  ...alike(identity("sts/inputs"), "what zod refuses has an issue: the check is the compiler's", [
    'const member = (issue?.path ?? []).map(String).join(".")',
    "issue.path",
    '["Stryker was here"]',
  ]),
  ...alike(identity("sts/inputs"), "an issue has a message", [
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the line as it stands
    '`failed to satisfy constraint: ${issue?.message ?? "Member is wrong"}`,',
    "issue.message",
    '""',
  ]),
  ...alike(identity("sts/mfa"), "the tries of a user stand under any name that is its own", [
    'const user = entityKey("user", shown.account, shown.userName)',
    '""',
  ]),
]

export const inIdentity: readonly Equivalent[] = [
  ...inSigV4,
  ...inMoments,
  ...inSts,
  ...inIdentityRecords,
]
