import {
  createKms,
  createSoftwareHsm,
  exampleAccount,
  exampleRegion,
  type KeepOpen,
  type Kms,
  type KmsOptions,
  kmsOptionNames,
  type OptionNames,
  passphraseSeal,
  type RegionHsm,
  requireKnownOptions,
  rootKeySeal,
  type Seal,
  systemClock,
  type Timer,
} from "@keywright/core"
import { opensslSuite } from "@keywright/hsm/openssl"
import { isThere, makePrivate, openDatabase } from "./open-database.js"
import { requireOwnFile } from "./owned-file.js"
import { keepNewRootKey, keepRootKey, refuseLostDatabase, rootKeyBytes } from "./root-key-file.js"
import { callChannels } from "./telemetry/call-channels.js"

/** What protects the keys in the database: one of the three must be given. */
export interface RootKeyOptions {
  /** 32 bytes from a secret store of yours. Whoever has them and the database has every key. */
  readonly rootKey?: Uint8Array | undefined
  /** Stretched with scrypt each time the database is opened. */
  readonly passphrase?: string | undefined
  /**
   * Keeps a root key in the file `<path>.root-key`, readable by its owner alone, and makes it
   * together with a new database. Right for development and single machines; a backup of the
   * database must not travel with it.
   */
  readonly generateRootKey?: boolean | undefined
}

/** What makes an engine predictable has no place where keys are kept. */
type TestOnly = "entropy" | "traceEntropy"
const testOnly = ["seed", "fixtures", "entropy", "traceEntropy"] as const

/** Throws `TypeError` for options by which somebody else could know the keys or the ids. */
function refuseTestOptions(options: object): void {
  const given = testOnly.find((name) => (options as Record<string, unknown>)[name] !== undefined)
  if (given === undefined) return
  throw new TypeError(
    `\`${given}\` is for tests: openKms keeps keys, and draws on the system alone`,
  )
}

/** Like the options of `createKms`, with defaults for a service on one machine. */
export interface OpenKmsOptions
  extends RootKeyOptions,
    Partial<Omit<KmsOptions, "storage" | "hsm" | "create" | TestOnly>> {
  /** The SQLite database file. It and its root key file must be the process's own: mode 0600. */
  readonly path: string
  /**
   * `"never"`: throws when there is no database, because of a mount that is missing, say. Right in
   * production, once the database was made. Default: `"if-missing"`.
   */
  readonly create?: "if-missing" | "never" | undefined
  /**
   * What protected the keys before, until `kms.reseal({ former: "retired" })` was called: so one
   * comes from one root key or passphrase to another.
   */
  readonly former?: RootKeyOptions | undefined
  /**
   * Keeps key material open between calls, which is faster and leaves it in memory for longer.
   * Default: it is opened for one operation and wiped. Clock and timer need not be given.
   */
  readonly keepOpen?: KeepOpenOptions | undefined
}

type KeepOpenOptions = Pick<KeepOpen, "ms" | "keysMax"> & Partial<KeepOpen>

const rootKeyNames: OptionNames<RootKeyOptions> = {
  rootKey: true,
  passphrase: true,
  generateRootKey: true,
}
const keepOpenNames: OptionNames<KeepOpenOptions> = {
  ms: true,
  keysMax: true,
  clock: true,
  timer: true,
}
const { storage: _, hsm: __, entropy: ___, traceEntropy: ____, ...hostNames } = kmsOptionNames
const optionNames: OptionNames<OpenKmsOptions> = {
  ...rootKeyNames,
  ...hostNames,
  path: true,
  former: true,
  keepOpen: true,
}

/** Throws `TypeError` for a name that is no option, and for how long keys are kept open. */
function requireOptions(options: OpenKmsOptions): void {
  requireKnownOptions(options, optionNames)
  const { former, keepOpen } = options
  if (former !== undefined) requireKnownOptions(former, rootKeyNames, "former")
  if (keepOpen === undefined) return
  requireKnownOptions(keepOpen, keepOpenNames, "keepOpen")
  for (const name of ["ms", "keysMax"] as const) {
    if (Number.isFinite(keepOpen[name]) && keepOpen[name] > 0) continue
    throw new TypeError(`\`keepOpen.${name}\` must be a number above zero`)
  }
}

/** A timer that lets the process end. */
const backgroundTimer: Timer = (timeoutMs) => {
  const running: { timeout?: NodeJS.Timeout } = {}
  const over = new Promise<void>((resolve) => {
    running.timeout = setTimeout(resolve, timeoutMs).unref()
  })
  return { over, stop: () => clearTimeout(running.timeout) }
}

/** What seals the domain of a database, and what may have sealed it before. */
interface Seals {
  readonly seal: Seal
  readonly formerSeals: readonly Seal[]
}

async function closeAll({ seal, formerSeals }: Seals): Promise<void> {
  for (const one of [seal, ...formerSeals]) await one.close()
}

/** The HSM of the host. It wipes root keys, too, when it is closed: nobody else has the seals. */
export function openHsm(seals: Seals, keepOpen: OpenKmsOptions["keepOpen"]): RegionHsm {
  const kept = keepOpen && { clock: systemClock, timer: backgroundTimer, ...keepOpen }
  const hsm = createSoftwareHsm({
    ...seals,
    suite: opensslSuite(),
    ...(kept && { keepOpen: kept }),
  })
  return {
    ...hsm,
    close: async () => {
      await hsm.close()
      await closeAll(seals)
    },
  }
}

/** What says which seals there are. */
type SealOptions = Pick<OpenKmsOptions, "path" | "former" | keyof RootKeyOptions>

/** One that is given in earnest: `keep` answers the key in the file beside the database. */
async function sealOf(
  { rootKey, passphrase, generateRootKey }: RootKeyOptions,
  keep: () => Promise<Uint8Array>,
): Promise<Seal> {
  const given = [rootKey, passphrase, generateRootKey || undefined]
  if (given.filter((one) => one !== undefined).length !== 1) {
    throw new TypeError(
      "openKms needs one of `rootKey` (32 bytes that you keep), `passphrase`, or " +
        "`generateRootKey: true` to keep a new one in a file beside the database",
    )
  }
  if (passphrase !== undefined) return passphraseSeal(passphrase)
  if (rootKey !== undefined) {
    if (!(rootKey instanceof Uint8Array) || rootKey.length !== rootKeyBytes) {
      throw new TypeError(`\`rootKey\` must be a Uint8Array of ${rootKeyBytes} bytes`)
    }
    return rootKeySeal(rootKey)
  }
  const kept = await keep()
  try {
    return rootKeySeal(kept)
  } finally {
    kept.fill(0)
  }
}

export async function sealsOf(options: SealOptions): Promise<Seals> {
  const { path, former } = options
  const keep = () => keepRootKey(path)
  if (former?.generateRootKey === true && options.generateRootKey === true) {
    throw new TypeError("`former` must be another root key than the one in the file")
  }
  const formerSeals = former === undefined ? [] : [await sealOf(former, keep)]
  try {
    const keepAnother = () => keepNewRootKey(path)
    const seal = await sealOf(options, former === undefined ? keep : keepAnother)
    return { seal, formerSeals }
  } catch (error) {
    for (const one of formerSeals) await one.close()
    throw error
  }
}

/** Throws when there is no database and none is to be made. */
function requireDatabase({ path, create = "if-missing" }: OpenKmsOptions): void {
  if (create !== "if-missing" && create !== "never") {
    throw new TypeError('`create` must be "if-missing" or "never"')
  }
  if (create === "if-missing" || isThere(path)) return
  throw new Error(
    `there is no database \`${path}\`, and \`create\` is "never": is everything mounted? ` +
      'To make a new one, open it once with `create: "if-missing"`',
  )
}

/**
 * Opens the key management of a service: keys in a SQLite file, wrapped under a domain key that
 * the root key seals. Several processes may open one file. Default region `us-east-1`, account
 * `111122223333`.
 *
 * Throws `TypeError` when no root key is given, and `HsmError` with code `sealed-by-another` when
 * the one given is not the database's; nothing is changed then.
 *
 * @example
 * ```ts
 * import { openKms } from "keywright"
 *
 * const kms = await openKms({ path: "keys.db", generateRootKey: true })
 * ```
 */
export async function openKms(options: OpenKmsOptions): Promise<Kms> {
  const { path, generateRootKey, keepOpen, ...given } = options
  const { rootKey: _, passphrase: __, former: ___, ...rest } = given
  const { region = exampleRegion, account = exampleAccount, trace = callChannels(), ...host } = rest
  refuseTestOptions(options)
  requireOptions(options)
  if (typeof path !== "string" || path === "") throw new TypeError("`path` must name a file")
  requireDatabase(options)
  if (generateRootKey === true) refuseLostDatabase(path)
  requireOwnFile(path)
  makePrivate(path)
  const seals = await sealsOf(options)
  const storage = await openDatabase(path)
  try {
    const hsm = openHsm(seals, keepOpen)
    return await createKms({
      ...host,
      region,
      account,
      trace,
      storage,
      hsm,
    })
  } catch (error) {
    await closeAll(seals)
    await storage.close()
    throw error
  }
}
