export type { Callers, FindCaller } from "./callers.js"
export { type AwsSdkConfig, type AwsSdkHandlerOptions, awsSdkHandler } from "./handler.js"
export type {
  AbortSignalLike,
  HandlerOptions,
  HttpRequest,
  HttpResponse,
  RequestHandler,
} from "./http.js"
