import { alike, type Equivalent } from "./equivalent.js"

const source = (name: string): string => `packages/aws-sdk/src/${name}`

const optionNames = ["callers", "signs", "verify", "identify", "regionOf", "onMistake", "clock"]

export const inAwsSdk: readonly Equivalent[] = [
  ...alike(source("dialects.ts"), "what else is around such a text is no time to `Date.parse`", [
    "const isoTime = /^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(?:\\.\\d{1,9})?Z$/",
    "/^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(?:\\.\\d{1,9})?Z/",
    "/\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(?:\\.\\d{1,9})?Z$/",
  ]),
  ...alike(
    source("handler.ts"),
    "of an option only its name is looked at",
    ...optionNames.map((name) => [`${name}: true,`, "false"] as const),
  ),
  ...alike(source("form.ts"), "what is no name is skipped by no pattern, and refused after that", [
    "if (name !== undefined && skips(name)) continue",
    "true",
  ]),
  ...alike(source("protocol.ts"), "no operation goes by the name of nothing", [
    'if (operation === undefined) throw new ProtocolError("UnknownOperationException")',
    "false",
  ]),
  ...alike(source("protocol.ts"), "where nobody is told, it was thrown before", [
    "if (refusal === undefined) onMistake?.(thrown)",
    "onMistake(thrown)",
  ]),
  ...alike(source("regions.ts"), "neither of them is a host name's suffix, or a region's name", [
    'const [, region = "", suffix = ""] = kmsHost.exec(String(hostname).toLowerCase()) ?? []',
    '"Stryker was here!"',
  ]),
]
