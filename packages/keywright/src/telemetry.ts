export { callChannels, channelName, sweepChannelName } from "./telemetry/call-channels.js"
export {
  type FollowOptions,
  followCalls,
  type MeterLike,
  type SpanLike,
  type TracerLike,
} from "./telemetry/open-telemetry.js"
