/**
 * What a process prints.
 *
 * @module
 */

type Stream = ReadableStream<Uint8Array<ArrayBuffer>>;

/** All that streams bring, in the order in which it comes. */
export async function textOf(...streams: Stream[]): Promise<string> {
  let text = "";
  await Promise.all(streams.map((stream) =>
    stream.pipeThrough(new TextDecoderStream()).pipeTo(
      new WritableStream({ write: (chunk) => void (text += chunk) }),
    )
  ));
  return text;
}

/** The first line of a stream; nothing if there is none. What comes later is thrown away. */
export async function firstLineOf(stream: Stream): Promise<string | undefined> {
  const line = Promise.withResolvers<string | undefined>();
  let text = "";
  stream.pipeThrough(new TextDecoderStream()).pipeTo(
    new WritableStream({
      write(chunk) {
        text += chunk;
        if (text.includes("\n")) line.resolve(text.split("\n")[0]);
      },
    }),
  ).finally(() => line.resolve(undefined));
  return await line.promise;
}
