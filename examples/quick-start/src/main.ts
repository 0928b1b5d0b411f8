import { mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import {
  buildClient,
  CommitmentPolicy,
  getClient,
  KMS,
  KmsKeyringNode,
} from "@aws-crypto/client-node"
import {
  CreateAliasCommand,
  CreateKeyCommand,
  DecryptCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  KMSClient,
} from "@aws-sdk/client-kms"
import { createEnvelope, type Envelope, kmsKeys, withCommands } from "@keywright/core/envelope"
import { awsSdkHandler, type Kms, openKms } from "keywright"
import { bytes, chapter, fingerprint, refused, step } from "./story.js"

const account = "111122223333"
const writer = `arn:aws:iam::${account}:role/OrderWriter`
const stranger = `arn:aws:iam::${account}:role/Reporting`

/** The account owns the key; one role may use it, and only from the office network. */
const keyPolicy = JSON.stringify({
  Version: "2012-10-17",
  Statement: [
    {
      Sid: "Owner",
      Effect: "Allow",
      Principal: { AWS: `arn:aws:iam::${account}:root` },
      Action: "kms:*",
      Resource: "*",
    },
    {
      Sid: "WriterUsesKey",
      Effect: "Allow",
      Principal: { AWS: writer },
      Action: ["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey"],
      Resource: "*",
    },
    {
      Sid: "OnlyFromTheOffice",
      Effect: "Deny",
      Principal: { AWS: writer },
      Action: "kms:*",
      Resource: "*",
      Condition: { NotIpAddress: { "aws:SourceIp": "203.0.113.0/24" } },
    },
  ],
})

const office = { sourceIp: "203.0.113.7" }
const elsewhere = { sourceIp: "198.51.100.9" }
const encryptionContext = { tenant: "42", document: "quick-start" }

const open = (folder: string): Promise<Kms> =>
  openKms({ path: join(folder, "keys.db"), generateRootKey: true })

/** An unmodified AWS SDK client whose caller is a role in the office. */
const sdkClient = (kms: Kms): KMSClient => new KMSClient(sdkConfig(kms))

const sdkConfig = (kms: Kms) =>
  awsSdkHandler(kms, { callers: () => ({ principal: writer, context: office }) })

const { encrypt, decrypt } = buildClient(CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)

/** The keyring of the AWS Encryption SDK, strict: this key and no other. */
const keyring = (kms: Kms, keyArn: string): KmsKeyringNode =>
  new KmsKeyringNode({ generatorKeyId: keyArn, clientProvider: getClient(KMS, sdkConfig(kms)) })

/** Envelopes over an AWS SDK client, which is handed the two commands that it is to send. */
const envelopeOf = (kms: Kms, keyArn: string): Envelope => {
  const client = withCommands(sdkClient(kms), { GenerateDataKeyCommand, DecryptCommand })
  return createEnvelope({ keys: kmsKeys(client, { keyId: keyArn }) })
}

const same = (a: Uint8Array, b: Uint8Array): string => {
  if (fingerprint(a) !== fingerprint(b)) throw new Error("the file came back changed")
  return `${bytes(b)}, SHA-256 ${fingerprint(b)}…, the same file`
}

interface Written {
  readonly keyArn: string
  /** The file as a message of ours, and of the AWS Encryption SDK. */
  readonly ours: Uint8Array
  readonly theirs: Uint8Array
  readonly note: Uint8Array
}

/** Makes the key and encrypts the file in both ways. */
async function write(kms: Kms, file: Uint8Array): Promise<Written> {
  const administrator = new KMSClient(awsSdkHandler(kms))
  const keyArn = await step(
    "CreateKey",
    async () => {
      const request = { Description: "orders", Policy: keyPolicy }
      const { KeyMetadata } = await administrator.send(new CreateKeyCommand(request))
      const alias = { AliasName: "alias/orders", TargetKeyId: KeyMetadata?.KeyId }
      await administrator.send(new CreateAliasCommand(alias))
      return KeyMetadata?.Arn ?? ""
    },
    (arn) => `alias/orders → ${arn.slice(arn.indexOf("key/"))}`,
  )
  const client = sdkClient(kms)
  const context = encryptionContext
  const note = await step(
    "AWS SDK: Encrypt",
    async () => {
      const Plaintext = Buffer.from("a short secret")
      const request = { KeyId: "alias/orders", Plaintext, EncryptionContext: context }
      return (await client.send(new EncryptCommand(request))).CiphertextBlob ?? Buffer.of()
    },
    (blob) => `14 bytes → ${bytes(blob)}`,
  )
  const ours = await step(
    "envelope: encrypt",
    async () => (await envelopeOf(kms, keyArn).encrypt(file, { context })).message,
    (message) => `the file as one message, ${bytes(message)}`,
  )
  const theirs = await step(
    "AWS Encryption SDK: encrypt",
    async () => {
      const options = { encryptionContext: context }
      return (await encrypt(keyring(kms, keyArn), Buffer.from(file), options)).result
    },
    (result) => `the file as one message, ${bytes(result)}`,
  )
  return { keyArn, ours, theirs, note }
}

/** Decrypts everything that was written before. */
async function read(kms: Kms, file: Uint8Array, { keyArn, ours, theirs, note }: Written) {
  const client = sdkClient(kms)
  await step(
    "AWS SDK: Decrypt",
    async () => {
      const request = { CiphertextBlob: note, EncryptionContext: encryptionContext }
      return (await client.send(new DecryptCommand(request))).Plaintext ?? Buffer.of()
    },
    (plaintext) => JSON.stringify(Buffer.from(plaintext).toString()),
  )
  const expectContext = encryptionContext
  const envelope = envelopeOf(kms, keyArn)
  for (const [whose, message] of Object.entries({ ours, theirs })) {
    await step(
      `envelope: decrypt ${whose}`,
      async () => (await envelope.decrypt(message, { expectContext })).plaintext,
      (opened) => same(file, opened),
    )
    await step(
      `AWS Encryption SDK: ${whose}`,
      async () => (await decrypt(keyring(kms, keyArn), Buffer.from(message))).plaintext,
      (opened) => same(file, opened),
    )
  }
}

const flipped = (blob: Uint8Array): Uint8Array => blob.with(blob.length - 1, (blob.at(-1) ?? 0) ^ 1)

/** What must not work does not, and says why. */
async function refusals(kms: Kms, { keyArn, note, ours }: Written): Promise<void> {
  const right = { CiphertextBlob: note, EncryptionContext: encryptionContext }
  const inOffice = kms.as(writer, office)
  await refused("one bit flipped", () =>
    inOffice.decrypt({ ...right, CiphertextBlob: flipped(note) }),
  )
  await refused("another encryption context", () =>
    inOffice.decrypt({ ...right, EncryptionContext: { ...encryptionContext, tenant: "43" } }),
  )
  const expectContext = { ...encryptionContext, tenant: "43" }
  await refused("a file about another tenant", () =>
    envelopeOf(kms, keyArn).decrypt(ours, { expectContext }),
  )
  await refused("a role without permission", () => kms.as(stranger, office).decrypt(right))
  await refused("the writer, from elsewhere", () => kms.as(writer, elsewhere).decrypt(right))

  chapter("Why the writer is refused from elsewhere")
  const caller = { principal: writer, context: elsewhere }
  const { text } = await kms.explain(caller, "Decrypt", right)
  for (const sentence of statementIn(text, "OnlyFromTheOffice")) {
    process.stdout.write(`  ${sentence}\n`)
  }
  process.stdout.write("  (of the key policy; kms.explain tells of every other statement, too)\n")
}

/** What an explanation says of one statement: its own line, and the indented ones below it. */
function statementIn(text: string, sid: string): readonly string[] {
  const lines = text.split("\n").map((each) => each.replace(/^ {2}/, ""))
  const start = lines.findIndex((each) => / statement /.test(each) && each.includes(`"${sid}":`))
  if (start < 0) throw new Error(`the explanation does not tell of ${sid}`)
  const length = lines.slice(start + 1).findIndex((each) => !each.startsWith(" "))
  return lines.slice(start, length < 0 ? undefined : start + 1 + length)
}

async function main(path: string, file: Uint8Array): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "keywright-"))
  try {
    chapter(`Encrypting ${path} (${bytes(file)}, SHA-256 ${fingerprint(file)}…)`)
    const engine = () => open(folder)
    const kms = await step("open the engine", engine, () => "a new database and a new root key")
    const written = await write(kms, file)
    await kms.close()

    chapter("After a restart")
    const reopened = await step("open the engine again", engine, () => "the same keys")
    await read(reopened, file, written)

    chapter("What is refused")
    await refusals(reopened, written)
    await reopened.close()
  } finally {
    await rm(folder, { recursive: true })
  }
  process.stdout.write(
    "\nThe database was in a temporary folder and is gone; your file is as it was.\n",
  )
  process.stdout.write("Next: `npm install keywright` in a project of yours, and docs/guides.\n")
}

/** The file to encrypt, or nothing after one line that says what is wrong. */
async function readGiven(path: string): Promise<Uint8Array | undefined> {
  try {
    if (path.startsWith("-"))
      throw new Error("npm start -- path: encrypts that file, or the README")
    return await readFile(path)
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 1
    return undefined
  }
}

const path = process.argv[2] || fileURLToPath(new URL("../../../README.md", import.meta.url))
const file = await readGiven(path)
if (file !== undefined) await main(path, file)
