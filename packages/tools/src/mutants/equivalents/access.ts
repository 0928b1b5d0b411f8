import { alike, type Equivalent } from "./equivalent.js"

const access = "packages/core/src/engine/access"

export const inAccess: readonly Equivalent[] = [
  ...alike(
    `${access}/grants.ts`,
    "few grants or many, a call is decided alike: what is kept whole saves reading",
    [
      "const left = fewGrants + 1 - grants.length",
      "fewGrants + 1 + grants.length",
      "fewGrants - 1",
    ],
    ["): Promise<readonly GrantRecord[] | undefined> {", "{}"],
    [
      "const wereMany = before !== undefined && before.value === undefined",
      "true",
      "before.value !== undefined",
    ],
    ["return grants === undefined ? { value: undefined, bytes: 0 } : indexed(grants)", "true"],
    ["if (few !== undefined) return few", "false"],
  ),
  ...alike(
    `${access}/grants.ts`,
    "a page that has more is not empty, and behind the last grant there is none",
    [
      "if (!page.more || last === undefined) return true",
      "!page.more && last === undefined",
      "false",
    ],
  ),
  ...alike(`${access}/grants.ts`, "it looks at one place more, where no grant is", [
    "const sources = [undefined, ...(sourceArn ? [sourceArn] : [])].map(sourcePlace)",
    '["Stryker was here"]',
  ]),
  ...alike(`${access}/identify.ts`, "the same policies twice decide as they do once", [
    "if (above === undefined || below === undefined || above === below) return above ?? below",
    "false",
  ]),
]
