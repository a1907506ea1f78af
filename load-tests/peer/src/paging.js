// Lists of 20, newest first, continued after the last item of the page before.
import { malformed } from './problems.js';

export const PAGE_SIZE = 20;
export const FETCHED = PAGE_SIZE + 1; // one more tells whether there is more

// {page, after}: `after` holds the sort keys of the last item seen, null on the first page.
export function askedPage(request) {
  const { cursor } = request.query;
  if (cursor === undefined) return { page: 1, after: null };
  const [page, ...after] = Buffer.from(cursor, 'base64url').toString().split(' ');
  if (!/^[1-9][0-9]{0,8}$/.test(page) || after.length === 0) throw malformed('The cursor is not one of this list.');
  return { page: Number(page), after };
}

// The answer to a page of rows fetched with FETCHED; keysOf(row) are its sort keys.
export function listOf(request, reply, asked, rows, keysOf) {
  const items = rows.slice(0, PAGE_SIZE);
  const answer = { items, page: asked.page, next_cursor: null };
  if (rows.length > PAGE_SIZE) {
    answer.next_cursor = Buffer.from([asked.page + 1, ...keysOf(items.at(-1))].join(' ')).toString('base64url');
    reply.header('link', `<${request.url.split('?')[0]}?cursor=${answer.next_cursor}>; rel="next"`);
  }
  return answer;
}
