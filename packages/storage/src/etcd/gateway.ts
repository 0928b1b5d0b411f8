import { base64Of, bytesOfBase64 } from "../base64.js"
import type { Entry } from "../contract.js"
import { StorageError } from "../storage-error.js"
import type { SteadyClock, Timer } from "../system.js"

/*
 * etcd over its own JSON gateway: each request is a POST, bytes are base64, and numbers of 64 bits
 * are text. Members that have the default of their type are left out of answers.
 *
 * Source: etcd, "gRPC gateway" and "etcd API reference".
 */

/** `fetch`, as far as it is used here. With mutual TLS, the host hands in one that has its keys. */
export type EtcdFetch = (
  url: string,
  init: {
    readonly method: "POST"
    readonly headers: Readonly<Record<string, string>>
    readonly body: string
    readonly signal: AbortSignal
  },
) => Promise<{ readonly status: number; text(): Promise<string> }>

// Every JavaScript runtime has these; the language's own library of types does not.
declare const TextEncoder: { new (): { encode(text: string): Uint8Array } }
declare const TextDecoder: { new (): { decode(bytes: Uint8Array): string } }
declare const AbortController: { new (): { readonly signal: AbortSignal; abort(): void } }
export interface AbortSignal {
  readonly aborted: boolean
}

export type Json = Readonly<Record<string, unknown>>

export const base64OfText = (text: string): string => base64Of(new TextEncoder().encode(text))
const textOfBase64 = (text: string): string => new TextDecoder().decode(bytesOfBase64(text))

export interface GatewayOptions {
  readonly endpoints: readonly string[]
  readonly headers: Readonly<Record<string, string>>
  readonly fetch: EtcdFetch
  readonly deadlineMs: number
  readonly patienceMs: number
  readonly timer: Timer
  readonly clock: SteadyClock
}

/**
 * Asks the members of a cluster, one after another while one does not answer. A request may reach
 * them twice.
 */
export interface Gateway {
  ask(path: string, body: Json): Promise<Json>
}

const pauseMsMin = 10
const pauseMsMax = 250

/**
 * What a member says when it cannot serve now: in time, for want of room, or of a leader.
 *
 * Source: gRPC, "Status codes": DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, UNAVAILABLE.
 */
const passingCodes: readonly unknown[] = [4, 8, 14]
/** A member answered, and not as it was asked to. */
export class Refused extends Error {
  /** Of gRPC. */
  readonly code: unknown

  constructor(code: unknown, message: string) {
    super(message)
    this.code = code
  }
}

function parsed(text: string): Json {
  const value: unknown = JSON.parse(text)
  if (typeof value !== "object" || value === null) throw new Error("the answer is no object")
  return value as Json
}

function refusalOf(status: number, text: string): Refused {
  try {
    const { code, message } = parsed(text)
    return new Refused(code, String(message ?? ""))
  } catch {
    return new Refused(`HTTP ${status}`, "")
  }
}

export function createGateway(options: GatewayOptions): Gateway {
  const { endpoints, headers, fetch, deadlineMs, patienceMs, timer, clock } = options
  let current = 0

  const post = async (path: string, body: string, ms: number): Promise<Json> => {
    const controller = new AbortController()
    let isOver = false
    const over = timer(ms).over.then((): never => {
      isOver = true
      controller.abort()
      throw new StorageError("failed", "etcd has not answered in time")
    })
    over.catch(() => undefined)
    const answered = async (): Promise<Json> => {
      const response = await fetch(`${endpoints[current % endpoints.length]}${path}`, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body,
        signal: controller.signal,
      })
      const text = await response.text()
      if (response.status === 200) return parsed(text)
      throw refusalOf(response.status, text)
    }
    const answer = await Promise.race([answered(), over])
    if (isOver) throw new StorageError("failed", "etcd has not answered in time")
    return answer
  }

  const toStorageError = (error: unknown): unknown => {
    if (error instanceof StorageError) return error
    const what = error instanceof Refused ? `etcd failed: ${error.code}` : "etcd cannot be reached"
    return new StorageError("failed", what, { cause: error })
  }

  const isPassing = (error: unknown): boolean =>
    !(error instanceof Refused) || passingCodes.includes(error.code)

  return {
    ask: async (path, body) => {
      const text = JSON.stringify(body)
      const endMs = clock() + patienceMs
      for (let pauseMs = pauseMsMin; ; pauseMs = Math.min(2 * pauseMs, pauseMsMax)) {
        try {
          return await post(path, text, Math.min(deadlineMs, Math.max(1, endMs - clock())))
        } catch (error) {
          // The next attempt asks another member.
          current += 1
          if (!isPassing(error) || clock() + pauseMs >= endMs) throw toStorageError(error)
        }
        await timer(pauseMs).over
      }
    },
  }
}

/** A pair of etcd as an entry. Its revision is that of the commit that wrote it. */
export function entryOf(kv: Json, prefixLength: number): Entry {
  return {
    key: textOfBase64(String(kv["key"])).slice(prefixLength),
    value: bytesOfBase64(String(kv["value"] ?? "")),
    revision: Number(kv["mod_revision"]),
  }
}
