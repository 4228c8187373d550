/**
 * The JWTs that sockets and channels are opened with.
 *
 * @module
 */
import { errors, type JWTPayload, jwtVerify } from "jose";
import { JWT_SECRET } from "../settings/keys.ts";

/** What a valid token says. */
export interface Claims extends JWTPayload {
  role: string;
  /** When it expires, in seconds since 1970. */
  exp: number;
}

/** A token that is not valid, in the server's own words. */
export class TokenError extends Error {
  /** @param code What stands before the message where a join is refused. */
  constructor(readonly code: string, message: string) {
    super(message);
  }
}

const SECRET = new TextEncoder().encode(JWT_SECRET);

/**
 * Verifies a token.
 *
 * @throws {TokenError} If it is no JWT, of another signer, expired, or lacks role or exp.
 */
export async function verifyToken(token: string): Promise<Claims> {
  try {
    const { payload } = await jwtVerify(token, SECRET, { algorithms: ["HS256"] });
    if (!isComplete(payload)) {
      throw new TokenError("InvalidJWTToken", "Fields `role` and `exp` are required in JWT");
    }
    return payload;
  } catch (error) {
    if (error instanceof errors.JWTExpired) throw expired(Number(error.payload.exp));
    if (error instanceof errors.JWSSignatureVerificationFailed) {
      throw new TokenError("JwtSignatureError", "Failed to validate JWT signature");
    }
    if (error instanceof TokenError) throw error;
    throw new TokenError("MalformedJWT", "The token provided is not a valid JWT");
  }
}

/** The error of a token that has expired. */
export function expired(exp: number): TokenError {
  const seconds = Math.max(0, Math.floor(Date.now() / 1000) - exp);
  return new TokenError("InvalidJWTToken", `Token has expired ${seconds} seconds ago`);
}

function isComplete(payload: JWTPayload): payload is Claims {
  return typeof payload.role === "string" && typeof payload.exp === "number";
}
