// Errors as RFC 9457 documents, with the types that Linnet has.
import { STATUS_CODES } from 'node:http';

const TITLES = {
  'malformed-request': 'Malformed request',
  'authentication-required': 'Authentication required',
  'invalid-token': 'Invalid token',
  forbidden: 'Forbidden',
  'not-found': 'Not found',
  'invalid-content': 'Invalid content',
  'internal-error': 'Internal server error',
};

export class Problem extends Error {
  constructor(status, type, detail, headers = {}) {
    super(detail);
    this.statusCode = status;
    this.type = type;
    this.headers = headers;
  }
}

export const notFound = (what) => new Problem(404, 'not-found', `There is no such ${what}.`);
export const forbidden = (detail) => new Problem(403, 'forbidden', detail);
export const malformed = (detail) => new Problem(400, 'malformed-request', detail);
export const invalid = (detail) => new Problem(422, 'invalid-content', detail);
export const unauthenticated = () =>
  new Problem(401, 'authentication-required', 'This resource needs an access token.', { 'www-authenticate': 'Bearer' });
export const invalidToken = () =>
  new Problem(401, 'invalid-token', 'The access token is unknown, expired or revoked.', {
    'www-authenticate': 'Bearer error="invalid_token"',
  });

function problemOf(error) {
  if (error instanceof Problem) return error;
  if (error.validation) return error.validationContext === 'body' ? invalid(error.message) : malformed(error.message);
  if (error.statusCode >= 400 && error.statusCode < 500) return new Problem(error.statusCode, 'malformed-request', error.message);
  console.error(error);
  return new Problem(500, 'internal-error', 'Something went wrong on our side.');
}

// Fastify's error handler.
export function answerProblem(error, request, reply) {
  const problem = problemOf(error);
  reply
    .code(problem.statusCode)
    .headers({ 'cache-control': 'no-store', ...problem.headers })
    .type('application/problem+json')
    .serializer(JSON.stringify)
    .send({
      type: `/problems/${problem.type}`,
      title: TITLES[problem.type] ?? STATUS_CODES[problem.statusCode],
      status: problem.statusCode,
      detail: problem.message,
      instance: request.url.split('?')[0],
      request_id: request.id,
    });
}
