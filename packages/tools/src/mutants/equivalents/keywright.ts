import { alike, type Equivalent } from "./equivalent.js"

const source = (name: string): string => `packages/keywright/src/${name}`
const keyRows = source("command/key-rows.ts")
const alwaysSaid = "the engine says it of everything that it lists"
const alikeAbsent = "what is undefined is as if it were not given"

const optionNames = [
  ...["rootKey", "passphrase", "generateRootKey", "ms", "keysMax", "clock", "timer"],
  ...["path", "former", "keepOpen"],
]

export const inKeywright: readonly Equivalent[] = [
  ...alike(
    keyRows,
    alwaysSaid,
    [
      'for await (const { AliasName = "", TargetKeyId = "" } of allAliases(client)) {',
      '"Stryker was here!"',
    ],
    ['for await (const { KeyId = "" } of allKeys(client)) ids.push(KeyId)', '"Stryker was here!"'],
    [
      '({ KeyId = "", KeyState, KeySpec, KeyUsage, CreationDate, Description }) => [',
      '"Stryker was here!"',
    ],
    [
      'const rows = aliases.map(({ AliasName = "", TargetKeyId = "" }) => ' +
        "[AliasName, TargetKeyId])",
      '"Stryker was here!"',
    ],
  ),
  ...alike(
    source("open-kms.ts"),
    "of an option only its name is looked at",
    ...optionNames.map((name) => [`${name}: true,`, "false"] as const),
  ),
  ...alike(source("command/care-rows.ts"), alikeAbsent, [
    "...(region !== undefined && { region }),",
    "true",
  ]),
  ...alike(
    source("command/open-database-of.ts"),
    alikeAbsent,
    ["...(region !== undefined && { region }),", "true"],
    ["...(account !== undefined && { account }),", "true"],
  ),
  ...alike(source("command/open-database-of.ts"), "a text has a first line, be it empty", [
    'const [line = ""] = (await readFile(file, "utf8")).split(/\\r?\\n/)',
    '"Stryker was here!"',
  ]),
  ...alike(source("command/show.ts"), "a table without rows has no columns to be padded", [
    "const columns = rows[0] ?? []",
    '["Stryker was here"]',
  ]),
  ...alike(source("telemetry/call-channels.ts"), "it runs the calls that it said it follows", [
    "run: (call, act) => channels.get(call.operation)?.tracePromise(act, call),",
    "channels.get(call.operation).tracePromise",
  ]),
]
