/**
 * The content of media. A data: URL holds it itself. For any other URL there is a sample of the type: the stand-in
 * fetches nothing, so that it works off line and calls no host.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { crc32, deflateSync } from "node:zlib";
import type { Media } from "./message_log.ts";

/** Bytes and their type. */
export interface Content {
  bytes: Uint8Array;
  type: string;
}

/** Makes the content of a medium. */
export function contentOf({ url, content_type }: Media): Content {
  const inUrl = /^data:(?<type>[^,;]*)(?<options>[^,]*),(?<data>.*)$/s.exec(url)?.groups;
  if (inUrl) {
    const isBase64 = inUrl.options.endsWith(";base64");
    return {
      bytes: Buffer.from(
        isBase64 ? inUrl.data : decodeURIComponent(inUrl.data),
        isBase64 ? "base64" : "utf8",
      ),
      type: content_type ?? inUrl.type,
    };
  }
  const type = content_type ?? "image/png";
  if (type.startsWith("image/")) return { bytes: samplePicture(url), type: "image/png" };
  return { bytes: Buffer.from(`A sample of ${type}\n`), type };
}

const WIDTH = 240;
const HEIGHT = 160;

/** A picture of stripes in two colours, which depend on the URL. */
function samplePicture(url: string): Uint8Array {
  const hash = createHash("md5").update(url).digest();
  const colours = [hash.subarray(0, 3), hash.subarray(3, 6)];
  const rows = Array.from({ length: HEIGHT }, (_, y) =>
    Buffer.concat([
      Buffer.from([0]),
      ...Array.from({ length: WIDTH }, (_, x) => colours[Math.floor((x + y) / 20) % 2]),
    ]));
  return Buffer.concat([
    Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    chunk("IHDR", header()),
    chunk("IDAT", deflateSync(Buffer.concat(rows))),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

/** The size, 8 bits a channel, RGB. @see https://www.w3.org/TR/png-3/#11IHDR */
function header(): Buffer {
  const bytes = Buffer.alloc(13);
  bytes.writeUInt32BE(WIDTH, 0);
  bytes.writeUInt32BE(HEIGHT, 4);
  bytes.set([8, 2], 8);
  return bytes;
}

function chunk(type: string, data: Uint8Array): Buffer {
  const typed = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.byteLength);
  checksum.writeUInt32BE(crc32(typed));
  return Buffer.concat([length, typed, checksum]);
}
