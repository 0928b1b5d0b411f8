import type { KeyRecord } from "../formats/stored/key-records.js"
import type { XksRequestMetadata } from "../formats/xks/xks-messages.js"
import { keyArn, type Place } from "../vocabulary/arns.js"
import type { CallHead, KnownCaller } from "./caller.js"

const viaVpc = ({ context: { sourceVpc, sourceVpce } }: KnownCaller) =>
  sourceVpce === undefined
    ? {}
    : { awsSourceVpce: sourceVpce, ...(sourceVpc !== undefined && { awsSourceVpc: sourceVpc }) }

/** For a health check, which is nobody's. */
export const healthMetadata = ({ operation, requestId }: CallHead): XksRequestMetadata => ({
  kmsOperation: operation,
  kmsRequestId: requestId,
})

/** For the question what an external key is. */
export const callMetadata = (call: CallHead): XksRequestMetadata => {
  const { caller } = call
  return {
    ...healthMetadata(call),
    awsPrincipalArn: caller.roleArn ?? caller.arn,
    ...viaVpc(caller),
  }
}

/** For the use of a key. Where in a network a caller of another account is, is not told. */
export const keyUseMetadata = (
  call: CallHead,
  place: Place,
  key: Pick<KeyRecord, "account" | "keyId">,
): XksRequestMetadata => {
  const { caller } = call
  const { viaService } = caller.context
  return {
    ...healthMetadata(call),
    awsPrincipalArn: caller.roleArn ?? caller.arn,
    ...(caller.account === key.account && viaVpc(caller)),
    kmsKeyArn: keyArn(place, key.account, key.keyId),
    ...(viaService !== undefined && { kmsViaService: viaService }),
  }
}
