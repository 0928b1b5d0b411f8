import { channel, subscribe, unsubscribe } from "node:diagnostics_channel"
import type { DecidedQuestion, DecisionSink } from "@keywright/core"
import type { Given } from "./policies-in-place.js"
import type { PolicyRecorder } from "./recorder.js"

/*
 * Channels of Node, by name: so that an engine in a test and a recorder in a setup file meet
 * without knowing each other, also when each has its own copy of this module.
 */

const decisions = "keywright:decision"
const given = "keywright:given"

/**
 * A decision sink that everyone in the process can listen to. Engines of the test kit have it;
 * give it as `decisions` to an engine that a test makes in another way. Where nobody listens, it
 * does nothing.
 */
export const publishDecision: DecisionSink = (question) => channel(decisions).publish(question)

/** Lets everyone who listens know what was put in place. */
export function publishGiven(find: () => Given): void {
  if (channel(given).hasSubscribers) channel(given).publish(find())
}

/** Lets a recorder listen to all engines that publish. Returns what ends it. */
export function listen({ sink, note }: PolicyRecorder): () => void {
  const onDecision = (message: unknown): void => sink(message as DecidedQuestion)
  const onGiven = (message: unknown): void => note(message as Given)
  subscribe(decisions, onDecision)
  subscribe(given, onGiven)
  return () => {
    unsubscribe(decisions, onDecision)
    unsubscribe(given, onGiven)
  }
}
