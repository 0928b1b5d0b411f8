import type { EnvelopeHeader } from "./message/envelope-header.js"
import { createDecryptingStage } from "./opening/decrypting-stage.js"
import type { Expectation } from "./opening/expected-context.js"
import type { SignedPlaintext } from "./opening/outlet.js"
import { startOpening } from "./opening/start-opening.js"
import { createEncryptingStage } from "./sealing/encrypting-stage.js"
import { type SealingRequest, startSealing } from "./sealing/start-sealing.js"
import type { Settings } from "./settings.js"
import type { Stage } from "./streams/stage.js"

/** A stage, and the header of the message that passes it. */
export interface EnvelopeStage {
  readonly stage: Stage
  /** Rejects when the stage is closed before; nobody has to wait for it. */
  readonly header: Promise<EnvelopeHeader>
}

/** `make` is told whom to tell the header, once it may be known. */
function withHeader(make: (tell: (header: EnvelopeHeader) => void) => Stage): EnvelopeStage {
  let isSettled = false
  let tell: (header: EnvelopeHeader) => void = () => undefined
  let giveUp: (reason: unknown) => void = () => undefined
  const header = new Promise<EnvelopeHeader>((resolve, reject) => {
    tell = (known) => {
      isSettled = true
      resolve(known)
    }
    giveUp = reject
  })
  header.catch(() => undefined)
  const stage = make(tell)

  /** Whoever waits for the header learns why there is none. */
  async function toHeader(work: () => ReturnType<Stage["end"]>) {
    try {
      return await work()
    } catch (error) {
      giveUp(error)
      throw error
    }
  }

  return {
    stage: {
      push: (chunk) => (isSettled ? stage.push(chunk) : toHeader(() => stage.push(chunk))),
      end: () => (isSettled ? stage.end() : toHeader(() => stage.end())),
      close() {
        giveUp(new TypeError("the stream ended before its header was known"))
        stage.close()
      },
    },
    header,
  }
}

export const encryptingStage = (settings: Settings, request: SealingRequest): EnvelopeStage =>
  withHeader((tell) =>
    createEncryptingStage(async () => {
      const sealing = await startSealing(settings, request)
      tell(sealing.header)
      return sealing
    }),
  )

export const decryptingStage = (
  settings: Settings,
  expectation: Expectation,
  signed: SignedPlaintext,
): EnvelopeStage =>
  withHeader((tell) =>
    createDecryptingStage({
      ...settings,
      signed,
      start: async (parsed) => {
        const opening = await startOpening(settings, parsed, expectation)
        tell(opening.header)
        return opening
      },
    }),
  )
