/**
 * Operations of Twilio's REST API, found by the paths and methods of its OpenAPI documents.
 *
 * @module
 */
import { notAllowed, TwilioError } from "../errors.ts";
import { type Answer, type Call, formOf, queryOf } from "../http.ts";
import type { Check } from "../openapi.ts";

/** A call of an operation, with its parameters checked. */
export interface CheckedCall<Parameters> {
  /** The values of the path's parameters, by name. */
  path: Record<string, string>;
  /** The parameters of the query or the form, checked. */
  parameters: Parameters;
  /** The base URL by which the caller reaches the stand-in, such as http://127.0.0.1:54332. */
  origin: string;
  call: Call;
}

/** One path and method of a document. */
export interface Operation {
  method: Call["method"];
  /** The path, such as `/v1/Services/{Sid}`. */
  path: string;
  answer(call: Call, path: Record<string, string>): Answer;
}

/** The check of an operation whose document names no parameters. */
export const noParameters: Check<void> = (parameters) => {
  const [name] = Object.keys(parameters);
  if (name !== undefined) throw invalid(`There is no parameter "${name}" here`);
};

/** Makes an operation that reads. @param check The check of its query. */
export function get<Parameters>(
  path: string,
  check: Check<Parameters>,
  answer: (request: CheckedCall<Parameters>) => unknown,
): Operation {
  return operation("GET", path, (call) => check(queryOf(call)), (request) => ({
    status: 200,
    body: answer(request),
  }));
}

/**
 * Makes an operation that writes.
 *
 * @param check The check of its form.
 * @param status The status of its answer.
 */
export function post<Parameters>(
  path: string,
  check: Check<Parameters>,
  answer: (request: CheckedCall<Parameters>) => unknown,
  status = 200,
): Operation {
  return operation("POST", path, (call) => check(formOf(call)), (request) => ({
    status,
    body: answer(request),
  }));
}

/** Makes an operation that deletes. */
export function remove(path: string, act: (request: CheckedCall<void>) => void): Operation {
  return operation("DELETE", path, () => {}, (request) => {
    act(request);
    return { status: 204 };
  });
}

/** Makes an operation. @param read Reads and checks the parameters of a call. */
export function operation<Parameters>(
  method: string,
  path: string,
  read: (call: Call) => Parameters,
  answer: (request: CheckedCall<Parameters>) => Answer,
): Operation {
  return {
    method,
    path,
    answer: (call, values) =>
      answer({
        path: values,
        parameters: read(call),
        origin: `http://${call.headers.host}`,
        call,
      }),
  };
}

/**
 * Answers a call by the operation that has its path and method.
 *
 * @returns Undefined if no operation has the path.
 * @throws {TwilioError} 20004 if the path has no such method, or the operation's refusal.
 */
export function answerOperation(operations: Operation[], call: Call): Answer | undefined {
  const matches = operations.flatMap((operation) => {
    const values = valuesOf(operation.path, call.path);
    return values ? [{ operation, values }] : [];
  });
  if (matches.length === 0) return undefined;
  const match = matches.find(({ operation }) => operation.method === call.method);
  if (!match) throw notAllowed(call.method);
  return match.operation.answer(call, match.values);
}

/** Reads the values of a path's parameters; undefined for another path. */
function valuesOf(template: string, path: string): Record<string, string> | undefined {
  const pattern = template.replaceAll(".", "\\.").replace(/\{(\w+)\}/g, "(?<$1>[^/]+)");
  const match = new RegExp(`^${pattern}$`).exec(path);
  if (!match) return undefined;
  return Object.fromEntries(
    Object.entries(match.groups ?? {}).map(([name, value]) => [name, decodeURIComponent(value)]),
  );
}

/** The refusal of a value that the document allows and Twilio does not. */
export function invalid(message: string): TwilioError {
  return new TwilioError({ code: 20001, message });
}
