import { readFile } from "node:fs/promises"
import {
  createSoftwareHsm,
  HsmError,
  isHsmError,
  passphraseSeal,
  type RegionHsm,
  rootKeySeal,
  type Seal,
  systemClock,
  systemTimer,
} from "@keywright/core/hsm"
import { opensslSuite } from "../../openssl.js"
import { quorumSeal, ShareError } from "../../quorum.js"
import type { FullPlan, SealPlan } from "../wire/plan.js"

const unsealable = (): HsmError =>
  new HsmError("unavailable", "the plan has no root key of 32 bytes, or no passphrase")

/** Makes a seal of a secret, which is wiped. */
function sealOf(rootKey: Uint8Array): Seal {
  try {
    return rootKeySeal(rootKey)
  } catch {
    throw unsealable()
  } finally {
    rootKey.fill(0)
  }
}

async function readSecret(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path)
  } catch {
    throw new HsmError("unavailable", "the file of the root key cannot be read")
  }
}

function sealOfText(passphrase: string): Seal {
  try {
    return passphraseSeal(passphrase)
  } catch {
    throw unsealable()
  }
}

async function sealOfShares(shares: readonly string[]): Promise<Seal> {
  try {
    return await quorumSeal(shares)
  } catch (error) {
    if (error instanceof ShareError) throw new HsmError("unavailable", error.message)
    throw error
  }
}

async function makeSeal(plan: SealPlan): Promise<Seal> {
  if ("rootKey" in plan) return sealOf(plan.rootKey)
  if ("passphrase" in plan) return sealOfText(plan.passphrase)
  if ("shares" in plan) return sealOfShares(plan.shares)
  return sealOf(await readSecret(plan.rootKeyFile))
}

async function makeSoftwareHsm({ software }: Extract<FullPlan, { kind: "software" }>) {
  const { suite, keepOpen } = software
  const [seal, ...formerSeals] = await Promise.all(
    [software.seal, ...software.formerSeals].map(makeSeal),
  )
  const hsm = createSoftwareHsm({
    seal: seal as Seal,
    formerSeals,
    ...(suite === "openssl" && { suite: opensslSuite() }),
    ...(keepOpen && { keepOpen: { ...keepOpen, clock: systemClock, timer: systemTimer } }),
  })
  return Object.freeze<RegionHsm>({
    ...hsm,
    async close() {
      await hsm.close()
      for (const one of [seal, ...formerSeals]) await one?.close()
    },
  })
}

/** The code of an error of Node, which quotes nothing. */
const codeOf = (error: unknown): string => {
  const code = error instanceof Error && "code" in error ? String(error.code) : ""
  return /^[A-Z_]{3,60}$/.test(code) ? ` (${code})` : ""
}

async function loadHsm(url: string, setup: Uint8Array): Promise<RegionHsm> {
  try {
    const { makeHsm } = await import(url)
    return await makeHsm(setup)
  } catch (error) {
    // What an HSM says it says for its callers: a PIN that is wrong, a token that is not there.
    if (isHsmError(error)) throw error
    throw new HsmError("unavailable", `the module of the HSM makes none${codeOf(error)}`)
  }
}

const nothingGiven = (): HsmError =>
  new HsmError("unavailable", "nothing stands behind this boundary but what a plan makes")

/** The HSM of a plan. The bytes of the plan are wiped afterwards. */
export async function makeHsm(plan: FullPlan): Promise<RegionHsm> {
  if (plan.kind === "software") return makeSoftwareHsm(plan)
  if (plan.kind === "module") return loadHsm(plan.url, plan.setup)
  throw nothingGiven()
}
