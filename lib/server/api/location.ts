/** The path of what the API has under these names, as in `/v1/queues/mail/jobs/order-17`. */
export function locationOf(...names: readonly string[]): string {
  return `/v1/${names.map(encodeURIComponent).join('/')}`;
}
