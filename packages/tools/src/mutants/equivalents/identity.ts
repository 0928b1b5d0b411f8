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
]
