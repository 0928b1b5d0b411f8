import type { AwsSdkConfig } from "@keywright/aws-sdk"
import { isKmsError } from "@keywright/core"
import { lastCallOf, testify, type Witness } from "./witness.js"

/*
 * What leaves a kit tells of which call it came, so that a matcher that is given an error or a
 * reply and nothing else can find the call.
 */

/** The same object, which tells of the call that has just ended. */
const tell = <Target>(target: Target, witness: Witness, requestId: string | undefined): Target =>
  testify(target, { of: "call", witness, call: lastCallOf(witness, requestId) })

/** The same reply or error, which tells. */
export async function telling<Reply extends { readonly $metadata: { readonly requestId: string } }>(
  witness: Witness,
  perform: () => Promise<Reply>,
): Promise<Reply> {
  try {
    const reply = await perform()
    return tell(reply, witness, reply.$metadata.requestId)
  } catch (error) {
    throw isKmsError(error) ? tell(error, witness, error.requestId) : error
  }
}

/** The same configuration; the SDK keeps the response of a call that failed on its error. */
export function tellingConfig(witness: Witness, config: AwsSdkConfig): AwsSdkConfig {
  const { requestHandler } = config
  return {
    ...config,
    requestHandler: {
      ...requestHandler,
      handle: async (request, options) => {
        const answer = await requestHandler.handle(request, options)
        const { response } = answer
        tell(response, witness, response.headers["x-amzn-requestid"])
        return answer
      },
    },
  }
}
