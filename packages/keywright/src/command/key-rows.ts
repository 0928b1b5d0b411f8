import type { KeySpec, KeyUsage, KmsClient, ReplyOf } from "@keywright/core"
import { argument, type CommandRow, keyIn, numberOf, type OpenWork, textOf } from "./row.js"
import { dateOf, type Found } from "./show.js"

type Metadata = ReplyOf<"DescribeKey">["KeyMetadata"]

async function describe(client: KmsClient, KeyId: string): Promise<Metadata> {
  const { KeyMetadata } = await client.describeKey({ KeyId })
  return KeyMetadata
}

/** Every alias of the account, by key. */
async function aliasNames(client: KmsClient): Promise<ReadonlyMap<string, readonly string[]>> {
  const names = new Map<string, string[]>()
  for await (const { AliasName = "", TargetKeyId = "" } of allAliases(client)) {
    names.set(TargetKeyId, [...(names.get(TargetKeyId) ?? []), AliasName])
  }
  return names
}

async function* allAliases(client: KmsClient, KeyId?: string) {
  let Marker: string | undefined
  do {
    const page = await client.listAliases({
      ...(KeyId !== undefined && { KeyId }),
      Marker,
      Limit: 100,
    })
    yield* page.Aliases
    Marker = page.NextMarker
  } while (Marker !== undefined)
}

async function* allKeys(client: KmsClient) {
  let Marker: string | undefined
  do {
    const page = await client.listKeys({ Marker, Limit: 1000 })
    yield* page.Keys ?? []
    Marker = page.NextMarker
  } while (Marker !== undefined)
}

async function listKeys({ client, progress }: OpenWork): Promise<Found> {
  const names = await aliasNames(client)
  const ids: string[] = []
  for await (const { KeyId = "" } of allKeys(client)) ids.push(KeyId)
  const bar = progress("keys")
  const keys: Metadata[] = []
  for (const id of ids) {
    keys.push(await describe(client, id))
    bar.at(keys.length, ids.length)
  }
  bar.end()
  const rows = keys.map(
    ({ KeyId = "", KeyState, KeySpec, KeyUsage, CreationDate, Description }) => [
      KeyId,
      KeyState ?? "",
      KeySpec ?? "",
      KeyUsage ?? "",
      dateOf(CreationDate),
      (names.get(KeyId) ?? []).join(" "),
      Description ?? "",
    ],
  )
  const columns = [
    "KeyId",
    "KeyState",
    "KeySpec",
    "KeyUsage",
    "CreationDate",
    "Aliases",
    "Description",
  ]
  return { value: keys, table: [columns, ...rows] }
}

const described = (metadata: Metadata): Found => ({
  value: metadata,
  table: Object.entries(metadata)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => [
      name,
      value instanceof Date
        ? dateOf(value)
        : typeof value === "string"
          ? value
          : JSON.stringify(value),
    ]),
})

/** The key is there, whatever becomes of its alias. */
async function nameNewKey(client: KmsClient, TargetKeyId: string, AliasName: string) {
  try {
    await client.createAlias({ AliasName, TargetKeyId })
  } catch (error) {
    const { name, message } = error as Error
    throw new Error(`the key ${TargetKeyId} is made, and not its alias: ${name}: ${message}`)
  }
}

/** A call that changes a key, after which it is shown as it is then. */
const changing =
  (change: (work: OpenWork, KeyId: string) => Promise<unknown>) =>
  async (work: OpenWork): Promise<Found> => {
    const KeyId = await keyIn(work, 0)
    await change(work, KeyId)
    return described(await describe(work.client, KeyId))
  }

export const keyRows: readonly CommandRow[] = [
  { name: "list-keys", about: "all keys of the account", opens: true, run: listKeys },
  {
    name: "describe-key",
    args: ["<key>"],
    about: "a key, by id, ARN or alias",
    opens: true,
    run: async (work) => described(await describe(work.client, argument(work, 0))),
  },
  {
    name: "create-key",
    about: "a new key",
    options: [
      ["--key-spec <spec>", "default: SYMMETRIC_DEFAULT"],
      ["--key-usage <usage>", "default: what the spec is for"],
      ["--description <text>", "for people"],
      ["--alias <name>", "an alias for it: alias/orders"],
      ["--multi-region", "a primary key that can be replicated"],
    ],
    opens: true,
    run: async (work) => {
      const { KeyMetadata } = await work.client.createKey({
        KeySpec: textOf(work, "keySpec") as KeySpec | undefined,
        KeyUsage: textOf(work, "keyUsage") as KeyUsage | undefined,
        Description: textOf(work, "description"),
        ...(work.given["multiRegion"] === true && { MultiRegion: true }),
      })
      const AliasName = textOf(work, "alias")
      const KeyId = KeyMetadata.KeyId
      if (AliasName !== undefined) await nameNewKey(work.client, KeyId, AliasName)
      return described(KeyMetadata as Metadata)
    },
  },
  {
    name: "disable-key",
    args: ["<key>"],
    about: "nothing can use it until it is enabled again",
    opens: true,
    run: changing(({ client }, KeyId) => client.disableKey({ KeyId })),
  },
  {
    name: "enable-key",
    args: ["<key>"],
    about: "it can be used again",
    opens: true,
    run: changing(({ client }, KeyId) => client.enableKey({ KeyId })),
  },
  {
    name: "rotate-key",
    args: ["<key>"],
    about: "new key material; what was encrypted before still opens",
    opens: true,
    run: changing(({ client }, KeyId) => client.rotateKeyOnDemand({ KeyId })),
  },
  {
    name: "schedule-key-deletion",
    args: ["<key>"],
    about: "destroys a key when its waiting period is over",
    options: [["--days <n>", "7 to 30, the waiting period (default: 30)"]],
    confirm: (work) =>
      `When the waiting period of ${argument(work, 0)} is over, nobody can ever decrypt what is ` +
      "encrypted under it. Schedule its deletion?",
    opens: true,
    run: changing((work, KeyId) =>
      work.client.scheduleKeyDeletion({ KeyId, PendingWindowInDays: numberOf(work, "days") }),
    ),
  },
  {
    name: "cancel-key-deletion",
    args: ["<key>"],
    about: "keeps it, disabled",
    opens: true,
    run: changing(({ client }, KeyId) => client.cancelKeyDeletion({ KeyId })),
  },
  {
    name: "list-aliases",
    args: ["[key]"],
    about: "all aliases that lead to a key, or those of one",
    opens: true,
    run: async (work) => {
      const KeyId = work.args[0] === undefined ? undefined : await keyIn(work, 0)
      const aliases = []
      for await (const alias of allAliases(work.client, KeyId)) {
        // Those of AWS stand there before their keys do.
        if (alias.TargetKeyId !== undefined) aliases.push(alias)
      }
      const rows = aliases.map(({ AliasName = "", TargetKeyId = "" }) => [AliasName, TargetKeyId])
      return { value: aliases, table: [["AliasName", "TargetKeyId"], ...rows] }
    },
  },
]
