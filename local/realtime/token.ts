/**
 * The JWTs with which clients open sockets and join channels.
 *
 * @module
 */
import { errors, type JWTPayload, jwtVerify } from "jose";
import { JWT_SECRET } from "../settings/keys.ts";

/** The claims of a valid token. */
export interface Claims extends JWTPayload {
  role: string;
  /** The time of expiry, in seconds since 1970. */
  exp: number;
}

/** An invalid token. The message is the hosted server's. */
export class TokenError extends Error {
  /** @param code The code before the message in the refusal of a join. */
  constructor(readonly code: string, message: string) {
    super(message);
  }
}

const SECRET = new TextEncoder().encode(JWT_SECRET);

/**
 * Verifies a token.
 *
 * @returns The token's claims.
 * @throws {TokenError} If the token is malformed, has a wrong signature, has expired, or lacks role
 *   or exp.
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

/** The error for an expired token. @param exp The time of expiry, in seconds since 1970. */
export function expired(exp: number): TokenError {
  const seconds = Math.max(0, Math.floor(Date.now() / 1000) - exp);
  return new TokenError("InvalidJWTToken", `Token has expired ${seconds} seconds ago`);
}

function isComplete(payload: JWTPayload): payload is Claims {
  return typeof payload.role === "string" && typeof payload.exp === "number";
}
