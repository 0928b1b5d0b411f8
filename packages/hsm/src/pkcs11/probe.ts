import { HsmError, isHsmError } from "@keywright/core/hsm"
import {
  type CryptoSuite,
  equalBytes,
  type FullCryptoSuite,
  type KeyDevice,
  keySpecRow,
  type RsaSpec,
} from "@keywright/core/suite"
import type { Connection, Session } from "./connection.js"
import { CKM } from "./cryptoki.js"
import { createTokenDevice } from "./device.js"
import { isOfTheMoment } from "./failures.js"
import { families, type TokenMechanisms, type TokenSpec } from "./mechanisms.js"
import { formOf, type KeyForm, trialWrappingKey } from "./objects.js"
import { createTokenKeys, type FindKey } from "./token-keys.js"
import { createTokenSuite } from "./token-suite.js"

const message = new Uint8Array(32).fill(1)
const trialId = "0000000000000000"

interface Trial {
  readonly device: KeyDevice
  readonly suite: CryptoSuite
  /** What works beside the token. */
  readonly beside: FullCryptoSuite
}

/** What a token can do with keys of one spec; rejects where it cannot. */
type TryKey<Spec extends TokenSpec> = (trial: Trial, spec: Spec) => Promise<void>

function must(isSo: boolean): void {
  if (!isSo) throw new HsmError("unsupported", "the token answers what is wrong")
}

/** Makes it, wraps it, wraps it again: both are the same key. */
const trySecret: TryKey<TokenSpec> = async ({ device, suite }, spec) => {
  const kept = await device.generate(spec)
  const again = device.renew(spec, kept)
  if (spec === "SYMMETRIC_DEFAULT") {
    must(equalBytes(device.hmacSha256(kept, message), device.hmacSha256(again, message)))
    return
  }
  const open = suite.keys[spec as "HMAC_256"]?.GENERATE_VERIFY_MAC
  const [one, other] = [await open?.(kept, suite.entropy), await open?.(again, suite.entropy)]
  must(one !== undefined && other !== undefined && equalBytes(one.mac(message), other.mac(message)))
}

const trySigning = async (
  { suite }: Trial,
  spec: "ECC_NIST_P256" | "RSA_2048",
  kept: Uint8Array,
): Promise<void> => {
  const key = await suite.keys[spec]?.SIGN_VERIFY?.(kept, suite.entropy)
  for (const algorithm of keySpecRow(spec).usages.SIGN_VERIFY?.SigningAlgorithms ?? []) {
    const input = { algorithm, messageType: "RAW", message } as const
    must(key !== undefined && (await key.verify(input, await key.sign(input))))
  }
}

const tryCurve: TryKey<TokenSpec> = async (trial, spec) => {
  const curve = spec as "ECC_NIST_P256"
  await trySigning(trial, curve, await trial.device.generate(curve))
}

/** A key that was made beside the token: making one in it takes long. */
const tryRsa: TryKey<TokenSpec> = async (trial, spec) => {
  const { device, suite, beside } = trial
  const rsa = spec as RsaSpec
  const material = await beside.keys[rsa].pair.generate(beside.entropy)
  const kept = device.take(rsa, material)
  material.fill(0)
  await trySigning(trial, "RSA_2048", kept)
  const key = await suite.keys[rsa]?.ENCRYPT_DECRYPT?.(kept, suite.entropy)
  for (const algorithm of ["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"] as const) {
    const ciphertext = await key?.encrypt(algorithm, message)
    const opened = ciphertext && (await key?.decrypt(algorithm, ciphertext))
    must(opened !== undefined && equalBytes(opened, message))
  }
}

const trials: Readonly<Record<KeyForm, TryKey<TokenSpec>>> = {
  secret: trySecret,
  ec: tryCurve,
  rsa: tryRsa,
}

/** What tries a spec for others, which differ in their lengths alone. */
const triedBy = (spec: TokenSpec): TokenSpec => (formOf(spec) === "rsa" ? "RSA_2048" : spec)

/**
 * Whether a token with those mechanisms knows the spec. Leaves no object behind. Rejects where the
 * token could not be asked: an HSM of fewer specs would refuse the keys that it has.
 */
async function knows(
  connection: Connection,
  beside: FullCryptoSuite,
  mechanisms: TokenMechanisms,
  spec: TokenSpec,
): Promise<boolean> {
  let refusal: unknown
  const tried = async (session: Session): Promise<void> => {
    const { cryptoki, handle } = session
    const key = cryptoki.C_GenerateKey(handle, { mechanism: CKM.aesKeyGen }, trialWrappingKey)
    const find: FindKey = () => key
    const own: Connection = {
      ...connection,
      use: (work) => work(session),
      useLater: (work) => work(session),
    }
    const device = createTokenDevice({
      connection: own,
      mechanisms,
      find,
      suite: beside,
      handsOver: false,
    })
    device.useDomainKeys([trialId], trialId)
    const keys = createTokenKeys(own, mechanisms, find)
    const suite = createTokenSuite({ keys, mechanisms, suite: beside })
    await trials[formOf(spec)]({ device, suite, beside }, spec)
  }
  const run = async (session: Session): Promise<void> => {
    try {
      await tried(session)
    } catch (error) {
      refusal = error
      throw error
    }
  }
  try {
    await connection.useAndEnd(run)
    return true
  } catch (error) {
    if (isHsmError(error) && refusal !== undefined && !isOfTheMoment(refusal)) return false
    throw error
  }
}

async function knownSpecs(
  connection: Connection,
  beside: FullCryptoSuite,
  mechanisms: TokenMechanisms,
): Promise<readonly TokenSpec[]> {
  const tried = new Map<TokenSpec, boolean>()
  for (const spec of new Set(mechanisms.keySpecs.map((one) => triedBy(one as TokenSpec)))) {
    tried.set(spec, await knows(connection, beside, mechanisms, spec))
    // Without symmetric keys there is nothing that an HSM could do.
    if (spec === "SYMMETRIC_DEFAULT" && tried.get(spec) === false) return []
  }
  const all = mechanisms.keySpecs as readonly TokenSpec[]
  return all.filter((spec) => tried.get(triedBy(spec)) === true)
}

/**
 * What the token at hand does: the first family, or the one that the host names, whose wrapping
 * works, with the specs that the token proved to know. Throws `unavailable` when none fits.
 */
export async function probeToken(
  connection: Connection,
  beside: FullCryptoSuite,
  named?: TokenMechanisms,
): Promise<TokenMechanisms> {
  const listed = connection.use(({ cryptoki }) => cryptoki.C_GetMechanismList(connection.slot()))
  const possible = named ? [named] : families.filter(({ wrap }) => listed.includes(wrap))
  for (const family of possible) {
    const keySpecs = await knownSpecs(connection, beside, family)
    if (keySpecs.length > 0) return Object.freeze({ ...family, keySpecs: Object.freeze(keySpecs) })
  }
  throw new HsmError("unavailable", "no family of mechanisms fits the token")
}
