import { existsSync, readFileSync } from "node:fs"

const sharedFolder =
  process.env.KEYWRIGHT_VECTORS ??
  new URL("../../../../../../shared/vectors", import.meta.url).pathname

interface ManifestTest {
  readonly ciphertext: string
  readonly cmm: string
  readonly "encryption-context": Readonly<Record<string, string>>
  readonly "master-keys": readonly [{ readonly key: string; readonly "provider-id": string }]
  readonly result?: { readonly output?: { readonly plaintext: string } }
}

/** One handed message: what it was made under, and what it says. */
export interface AwsMessage {
  readonly name: string
  readonly ciphertext: Uint8Array
  /** All pairs, those that the message does not store too. */
  readonly context: Readonly<Record<string, string>>
  readonly namespace: string
  readonly keyName: string
  readonly key: Uint8Array
  readonly plaintext: Uint8Array | undefined
}

const read = (path: string): Uint8Array => Uint8Array.from(readFileSync(path))

/** The messages of a folder of the AWS Encryption SDK; `undefined` where they are not. */
export function awsMessages(folder: string): readonly AwsMessage[] | undefined {
  const root = `${sharedFolder}/envelope/${folder}`
  if (!existsSync(root)) return undefined
  const parse = (file: string) => JSON.parse(readFileSync(`${root}/${file}`, "utf8"))
  const { tests } = parse("manifest.json") as { tests: Record<string, ManifestTest> }
  const { keys } = parse("keys.json") as { keys: Record<string, { material: string }> }
  const file = (url: string): Uint8Array => read(url.replace("file://", `${root}/`))
  return Object.entries(tests).map(([name, test]) => {
    const [{ key: keyName, "provider-id": namespace }] = test["master-keys"]
    const plaintext = test.result?.output?.plaintext
    return {
      name,
      ciphertext: file(test.ciphertext),
      context: test["encryption-context"],
      namespace,
      keyName,
      key: Uint8Array.from(Buffer.from(keys[keyName]?.material ?? "", "base64")),
      plaintext: plaintext === undefined ? undefined : file(plaintext),
    }
  })
}

export const skipReason = (folder: string): string =>
  `(skipped: envelope/${folder} is not in the folder KEYWRIGHT_VECTORS names or ../shared/vectors)`
