/** A fresh id for one act, so that a repeated click does nothing twice. */
export function newRequestId(): string {
  return crypto.randomUUID();
}
