import { alike, type Equivalent } from "./equivalent.js"

const source = (name: string): string => `packages/testing/src/${name}`
const onlyNames = "of an option only its name is looked at"
const optionNames = [
  ...["seed", "now", "regions", "account", "fixtures", "policies", "suite", "ports", "storage"],
  ...["durable", "callsMax"],
]

export const inKit: readonly Equivalent[] = [
  ...alike(
    source("create-test-kms.ts"),
    onlyNames,
    ...optionNames.map((name) => [`${name}: true,`, "false"] as const),
  ),
  ...alike(source("sdk-door.ts"), onlyNames, [
    "const optionNames: OptionNames<SdkOptions> = { region: true, caller: true }",
    "false",
  ]),
  ...alike(source("faults/named-keys.ts"), "no member begins with the name of an alias", [
    ".filter(([member]) => /KeyId$|^AliasName$/.test(member))",
    "/KeyId$|^AliasName/",
  ]),
]
