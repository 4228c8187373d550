/**
 * One HTTP connection that is kept alive, for load that costs little itself: the request is bytes
 * that were made before, and of the answer only its status and length are read.
 *
 * @module
 */

/** A connection to a server on 127.0.0.1. */
export class HttpConnection {
  #connection: Deno.TcpConn;
  #buffer = new Uint8Array(16 * 1024);
  #decoder = new TextDecoder("latin1");

  private constructor(connection: Deno.TcpConn) {
    this.#connection = connection;
    connection.setNoDelay();
  }

  /** Connects. */
  static async open(port: number): Promise<HttpConnection> {
    return new HttpConnection(await Deno.connect({ hostname: "127.0.0.1", port }));
  }

  /**
   * Sends a request and reads the whole answer.
   *
   * @param request A whole HTTP/1.1 request.
   * @returns The answer's status.
   * @throws {Error} If the connection ends, or the answer has no length or is over 16 KiB.
   */
  async send(request: Uint8Array): Promise<number> {
    for (let sent = 0; sent < request.length;) {
      sent += await this.#connection.write(request.subarray(sent));
    }
    let length = 0;
    while (true) {
      const read = await this.#connection.read(this.#buffer.subarray(length));
      if (!read) throw new Error("The connection has ended before the answer");
      length += read;
      const text = this.#decoder.decode(this.#buffer.subarray(0, length));
      const end = text.indexOf("\r\n\r\n");
      if (end < 0) continue;
      const declared = /\r\ncontent-length: (\d+)/i.exec(text)?.[1];
      if (declared === undefined) throw new Error("The answer has no Content-Length");
      if (length >= end + 4 + Number(declared)) return Number(text.slice(9, 12));
    }
  }

  /** Closes the connection. */
  close(): void {
    this.#connection.close();
  }
}
