import { alike, type Equivalent } from "./equivalent.js"

const identity = (path: string): string => `packages/identity/src/${path}.ts`

export const inIdentity: readonly Equivalent[] = [
  ...alike(
    identity("sigv4/claim"),
    "what is missing behind the first slash is refused for its last part",
    [
      'const [accessKeyId = "", scopeDate = "", region = "", service = "", terminator, ...more] =',
      '"Stryker was here!"',
    ],
  ),
  ...alike(identity("sigv4/verifier"), "a date without a match is no moment either way", [
    "const [, y, mo, d, h, mi, s] = " +
      String.raw`/^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/.exec(date) ?? []`,
    '["Stryker was here"]',
  ]),
  ...alike(identity("directory/access-keys"), "no key has another id: the form saves the look-up", [
    "const idForm = /^[A-Z0-9]{16,128}$/",
    "/[A-Z0-9]{16,128}$/",
    "/^[A-Z0-9]{16,128}/",
  ]),
]
