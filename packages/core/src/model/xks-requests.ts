import type { KeyRecord } from "../formats/stored/key-records.js"
import type { XksRequestMetadata } from "../formats/xks/xks-messages.js"
import { keyArn, type Place } from "../vocabulary/arns.js"
import type { Requester } from "./requester.js"

/** One call to the engine, as a proxy may know it. */
export interface XksCaller {
  readonly requester: Requester
  readonly operation: string
  readonly requestId: string
}

const viaVpc = ({ context: { sourceVpc, sourceVpce } }: Requester) =>
  sourceVpce === undefined
    ? {}
    : { awsSourceVpce: sourceVpce, ...(sourceVpc !== undefined && { awsSourceVpc: sourceVpc }) }

/** For a health check, which is nobody's. */
export const healthMetadata = ({ operation, requestId }: XksCaller): XksRequestMetadata => ({
  kmsOperation: operation,
  kmsRequestId: requestId,
})

/** For the question what an external key is. */
export const callMetadata = (caller: XksCaller): XksRequestMetadata => {
  const { requester } = caller
  return {
    ...healthMetadata(caller),
    awsPrincipalArn: requester.roleArn ?? requester.arn,
    ...viaVpc(requester),
  }
}

/** For the use of a key. Where in a network a caller of another account is, is not told. */
export const keyUseMetadata = (
  caller: XksCaller,
  place: Place,
  key: Pick<KeyRecord, "account" | "keyId">,
): XksRequestMetadata => {
  const { requester } = caller
  const { viaService } = requester.context
  return {
    ...healthMetadata(caller),
    awsPrincipalArn: requester.roleArn ?? requester.arn,
    ...(requester.account === key.account && viaVpc(requester)),
    kmsKeyArn: keyArn(place, key.account, key.keyId),
    ...(viaService !== undefined && { kmsViaService: viaService }),
  }
}
