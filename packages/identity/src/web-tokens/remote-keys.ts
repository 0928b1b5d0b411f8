import type { JSONWebKeySet } from "jose"
import { isPublicAddress } from "./public-address.js"

/** As much of a `Response` as is needed. */
interface Fetched {
  readonly ok: boolean
  text(): Promise<string>
}

export interface RemoteKeysOptions {
  /** The `jwks_uri` of the issuer. */
  readonly url: string
  /** `fetch`; it is asked to follow no redirect. */
  readonly fetch: (url: string, init: { readonly redirect: "error" }) => Promise<Fetched>
  /** Every address of a host name: `(name) => dns.promises.lookup(name, { all: true })`. */
  readonly resolve: (hostname: string) => Promise<readonly { readonly address: string }[]>
  readonly clock: () => number
  /** How long keys are taken without asking again. Default: 10 minutes. */
  readonly keepMs?: number | undefined
  /** For how long an answer is waited for; then the issuer is down. Default: 5 seconds. */
  readonly timeoutMs?: number | undefined
}

// Every JavaScript runtime has this; the language's own library of types does not.
declare const AbortSignal: {
  timeout(ms: number): { addEventListener(type: "abort", listener: () => void): void }
}

/** Rejects when time is up: who never answers would have everybody wait who has a token. */
const timeUp = (ms: number) =>
  new Promise<never>((_resolve, reject) => {
    AbortSignal.timeout(ms).addEventListener("abort", () => {
      reject(new Error("the issuer does not answer in time"))
    })
  })

/** What an issuer publishes is a few kilobytes. */
const [textLengthMax, keysMax] = [262_144, 100]
const keepMsUsual = 600_000
const timeoutMsUsual = 5000
/** So often an unknown key, or an issuer that failed, makes us look: tokens are soon made up. */
const againMs = 30_000

function readKeys(text: string): JSONWebKeySet {
  if (text.length > textLengthMax) throw new Error("the keys of the issuer are too many")
  const parsed = JSON.parse(text) as Partial<JSONWebKeySet> | null
  const keys = parsed?.keys
  const isSet = Array.isArray(keys) && keys.length > 0 && keys.length <= keysMax
  if (!isSet || keys.some((one) => typeof one !== "object" || one === null)) {
    throw new Error("the issuer has published no keys")
  }
  return { keys }
}

/** Host and path of an https URL without credentials. */
const urlForm = /^https:\/\/([a-z0-9.-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::\d{1,5})?(?:\/[!-~]*)?$/i

function hostOf(url: string): string {
  const host = urlForm.exec(url)?.[1]
  if (host === undefined) throw new TypeError("`url` must be an https URL")
  return host.replace(/^\[|\]$/g, "")
}

/**
 * The keys of an issuer, fetched when they are needed. What was fetched last stays good while the
 * issuer cannot be reached. Nothing is fetched from an address that is not public: who may name an
 * issuer must not reach what only this host reaches. Between the look-up and the connection a name
 * may change its address; a host that is afraid of that hands in a `fetch` that checks it again.
 */
export function remoteKeys(
  options: RemoteKeysOptions,
): (isFresh: boolean) => Promise<JSONWebKeySet> {
  const { fetch, resolve, clock, keepMs = keepMsUsual, timeoutMs = timeoutMsUsual } = options
  const host = hostOf(options.url)
  let known: JSONWebKeySet | undefined
  let askedMs = Number.NEGATIVE_INFINITY
  let asking: Promise<void> | undefined
  let failure: unknown

  const ask = async (): Promise<void> => {
    askedMs = clock()
    const addresses = await resolve(host)
    const isPublic = addresses.length > 0 && addresses.every((one) => isPublicAddress(one.address))
    if (!isPublic) throw new Error("the issuer has an address that is not public")
    const reply = await fetch(options.url, { redirect: "error" })
    if (!reply.ok) throw new Error("the issuer does not tell its keys")
    known = readKeys(await reply.text())
    failure = undefined
  }

  const askOnce = (): Promise<void> => {
    asking ??= Promise.race([ask(), timeUp(timeoutMs)]).finally(() => {
      asking = undefined
    })
    return asking
  }

  return async (isFresh) => {
    const age = clock() - askedMs
    const isEarly = asking === undefined && age < againMs
    if (known === undefined && isEarly && failure !== undefined) throw failure
    if (known === undefined || age >= keepMs || (isFresh && age >= againMs)) {
      try {
        await askOnce()
      } catch (error) {
        failure = error
        if (known === undefined) throw error
      }
    }
    return known as JSONWebKeySet
  }
}
