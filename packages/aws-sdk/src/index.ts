export type { Callers, FindCaller, KeyedCaller } from "./callers.js"
export type { DirectProtocol, DirectProtocolClass } from "./direct-protocol.js"
export {
  type AwsSdkConfig,
  type AwsSdkHandlerOptions,
  type AwsSdkProtocolConfig,
  awsSdkHandler,
  awsSdkProtocol,
} from "./handler.js"
export type {
  AbortSignalLike,
  HandlerOptions,
  HttpRequest,
  HttpResponse,
  RequestHandler,
} from "./http.js"
export { type ClientClass, installAwsSdk } from "./install.js"
export type { ServiceHandler } from "./request-handler.js"
export { awsSdkStsHandler, type StsConfig, type StsHandlerOptions } from "./sts/sts-handler.js"
export type { AuthScheme } from "./unsigned.js"
