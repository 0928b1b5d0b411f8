/*
 * What is used of the Streams Standard. Every JavaScript runtime has it; the language's own library
 * of types does not. A program that has the types of a browser or of Node sees those.
 */

declare global {
  // biome-ignore lint/suspicious/noExplicitAny: must be declared as the libraries of types do
  interface ReadableStream<R = any> {}
  // biome-ignore lint/suspicious/noExplicitAny: must be declared as the libraries of types do
  interface WritableStream<W = any> {}
}

export interface ReadableController {
  enqueue(chunk: Uint8Array): void
  error(reason: unknown): void
  close(): void
}

interface Signal {
  readonly reason: unknown
  addEventListener(type: "abort", listener: () => void): void
}

export interface WritableController {
  /** Told at once, where `abort` of a sink waits for the write that runs. */
  readonly signal: Signal
  error(reason: unknown): void
}

interface QueuingStrategy {
  readonly highWaterMark: number
}

interface ReadableSource {
  start(controller: ReadableController): void
  pull(): void
  cancel(reason: unknown): void
}

interface WritableSink {
  start(controller: WritableController): void
  write(chunk: Uint8Array): Promise<void>
  close(): Promise<void>
}

declare const ReadableStream: new (
  source: ReadableSource,
  strategy: QueuingStrategy,
) => ReadableStream<Uint8Array>

declare const WritableStream: new (
  sink: WritableSink,
  strategy: QueuingStrategy,
) => WritableStream<Uint8Array>

/** Nothing is made before it is asked for. */
export const newReadable = (source: ReadableSource): ReadableStream<Uint8Array> =>
  new ReadableStream(source, { highWaterMark: 0 })

export const newWritable = (sink: WritableSink): WritableStream<Uint8Array> =>
  new WritableStream(sink, { highWaterMark: 1 })
