import { createCipheriv, randomFillSync } from "node:crypto"
import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Binding, exampleAccount } from "@keywright/core"
import {
  type Cryptoki,
  openPkcs11Token,
  type Pkcs11Token,
  pkcs11Hsm,
  pkcs11Seal,
} from "@keywright/hsm/pkcs11"
import {
  makeToken,
  openSoftHsm,
  softHsmLibrary,
  type TokenAdministration,
  tokenPin,
} from "../servers/softhsm.js"
import type { Figures, Goal } from "./figures.js"
import { compare, type InTurn } from "./in-turn.js"

const label = "keywright bench"
const load = (): { readonly PKCS11: new () => Cryptoki } =>
  createRequire(import.meta.url)("pkcs11js")

/** What the bare calls want of the library beside what an HSM does. */
interface Library extends TokenAdministration {
  C_EncryptInit(session: Uint8Array, mechanism: object, key: Uint8Array): void
  C_Encrypt(session: Uint8Array, input: Uint8Array, output: Uint8Array): Uint8Array
}

const binding: Binding = {
  partition: "aws",
  account: exampleAccount,
  keyId: "1234abcd-12ab-34cd-56ef-1234567890ab",
  keyMaterialId: "5e".repeat(32),
  keySpec: "SYMMETRIC_DEFAULT",
  keyUsage: "ENCRYPT_DECRYPT",
  origin: "AWS_KMS",
  keyStoreId: undefined,
  xksKeyId: undefined,
}
const plaintext = new Uint8Array(32).fill(7)
const aad = new Uint8Array(32)

/** The numbers of PKCS #11 that the bare calls need. */
const [secretKey, genericSecret, aes, wrapPad, sha256Hmac, aesGcm] = [
  4, 0x10, 0x1f, 0x210a, 0x251, 0x1087,
]
const attribute = (type: number, value: number | boolean) => ({ type, value })
const inSession = [attribute(1, false), attribute(2, true), attribute(0x103, true)]

/** The calls that the work of one encryption needs, and nothing else. */
function bareCalls(cryptoki: Library, slot: Uint8Array) {
  const session = cryptoki.C_OpenSession(slot, 6)
  const unwrapping = { mechanism: wrapPad }
  const made = (mechanism: number, more: ReturnType<typeof attribute>[]): Uint8Array =>
    cryptoki.C_GenerateKey(session, { mechanism }, [attribute(0x161, 32), ...more])
  // As a domain key: it stays in the token, which looks for it in its files at every use.
  const staying = [attribute(1, true), attribute(2, true), attribute(0x103, true)]
  const wraps = [attribute(0x162, false), attribute(0x106, true), attribute(0x107, true)]
  const wrapping = made(0x1080, [...staying, ...wraps])
  const templateOf = (keyType: number, use: number) => [
    attribute(0, secretKey),
    attribute(0x100, keyType),
    ...inSession,
    attribute(use, true),
    attribute(0x162, false),
  ]
  const wrapped = (key: Uint8Array): Uint8Array =>
    cryptoki.C_WrapKey(session, unwrapping, wrapping, key, new Uint8Array(64)).slice()
  const macKey = wrapped(made(0x350, [...inSession, attribute(0x162, true)]))
  const aesKey = wrapped(made(0x1080, [...inSession, attribute(0x162, true)]))
  const [macTemplate, aesTemplate] = [templateOf(genericSecret, 0x108), templateOf(aes, 0x104)]
  const message = new Uint8Array(47)

  /** Our work: a key of its own for the message by HMAC, and AES-GCM beside the token. */
  async function derive(): Promise<unknown> {
    const nonce = cryptoki.C_GenerateRandom(session, new Uint8Array(28))
    const key = cryptoki.C_UnwrapKey(session, unwrapping, wrapping, macKey, macTemplate)
    cryptoki.C_SignInit(session, { mechanism: sha256Hmac }, key)
    const messageKey = cryptoki.C_Sign(session, message, new Uint8Array(32))
    cryptoki.C_DestroyObject(session, key)
    const cipher = createCipheriv("aes-256-gcm", messageKey, nonce.subarray(16))
    cipher.setAAD(aad)
    return [cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]
  }

  /** The work in the token alone: AES-GCM under the key itself. */
  async function encrypt(): Promise<unknown> {
    const iv = randomFillSync(new Uint8Array(12))
    const key = cryptoki.C_UnwrapKey(session, unwrapping, wrapping, aesKey, aesTemplate)
    const parameter = { type: 3, iv: Buffer.from(iv), aad: Buffer.from(aad), tagBits: 128 }
    cryptoki.C_EncryptInit(session, { mechanism: aesGcm, parameter }, key)
    const ciphertext = cryptoki.C_Encrypt(session, plaintext, new Uint8Array(64))
    cryptoki.C_DestroyObject(session, key)
    return ciphertext
  }
  return { derive, encrypt }
}

async function measured(cryptoki: Library, token: Pkcs11Token) {
  const hsm = pkcs11Hsm({ token, seal: pkcs11Seal(token) })
  await hsm.createDomain("aws/eu-central-1")
  const key = { token: await hsm.generateKey(binding), binding, aad }
  const bare = bareCalls(cryptoki, token.connection.slot())
  const ours = async (): Promise<unknown> => hsm.encrypt({ ...key, plaintext })
  return {
    derive: await compare(bare.derive, ours, 300),
    encrypt: await compare(bare.encrypt, ours, 300),
  }
}

const share = ({ ratio }: InTurn): number => 1 / ratio

function isInstalled(): boolean {
  try {
    load()
    return existsSync(softHsmLibrary)
  } catch {
    return false
  }
}

/**
 * What an HSM in front of a token costs beside the calls that the token needs anyway; nothing where
 * there is no SoftHSM, or no add-on.
 */
export async function measureTokens(): Promise<Figures | undefined> {
  if (!isInstalled()) return undefined
  const folder = mkdtempSync(join(tmpdir(), "keywright-bench-token-"))
  try {
    const cryptoki = openSoftHsm<Library>(load().PKCS11, folder)
    makeToken(cryptoki, label)
    const place = { library: softHsmLibrary, label, pin: () => tokenPin }
    const token = await openPkcs11Token({ load, ...place })
    const { derive, encrypt } = await measured(cryptoki, token)
    token.close()
    const row = (name: string, { baseUs, otherUs, ratio }: InTurn) => [
      name,
      `${baseUs.toFixed(0)} µs`,
      `${otherUs.toFixed(0)} µs`,
      (1 / ratio).toFixed(2),
    ]
    const goal = (name: string, one: InTurn): Goal => ({
      name: `an encryption, of bare calls: ${name}`,
      is: share(one),
      goal: 0.8,
      unit: " ×",
      atLeast: true,
    })
    return {
      title: "An HSM in front of a token",
      about:
        "SoftHSM 2 through pkcs11js: 32 bytes encrypted under a symmetric key that is unwrapped " +
        "for it, and the bare calls for that; processor time, medians of rounds in turn.",
      head: ["bare calls", "bare", "pkcs11Hsm", "share"],
      rows: [
        row("unwrap, HMAC, destroy; AES-GCM beside the token", derive),
        row("unwrap, AES-GCM, destroy", encrypt),
      ],
      goals: [goal("the same work", derive), goal("AES-GCM in the token", encrypt)],
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
