import type { AwsSdkConfig } from "@keywright/aws-sdk"
import { isKmsError } from "@keywright/core"
import { testify, type Witness } from "./witness.js"

/*
 * What leaves a kit tells of which call it came, so that a matcher that is given an error or a
 * reply and nothing else can find the call.
 */

/** The same reply or error, which tells. */
export async function telling<Reply extends { readonly $metadata: { readonly requestId: string } }>(
  witness: Witness,
  perform: () => Promise<Reply>,
): Promise<Reply> {
  try {
    const reply = await perform()
    return testify(reply, { witness, requestId: reply.$metadata.requestId })
  } catch (error) {
    throw isKmsError(error) ? testify(error, { witness, requestId: error.requestId }) : error
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
        testify(response, { witness, requestId: response.headers["x-amzn-requestid"] })
        return answer
      },
    },
  }
}
