/** A fresh id for one act, so that a repeated click does nothing twice. */
export function newRequestId(): string {
  return crypto.randomUUID();
}

/** Ids of one form's acts. */
export interface RequestIds {
  /** The same content keeps its id until it is done; other content under an old id would be taken for done. */
  idFor: (content: unknown) => string;
  /** The act succeeded: the same content again is another act. */
  done: () => void;
}

/** For a form that may be submitted again, changed or unchanged. */
export function requestIds(): RequestIds {
  let lastTry: { content: string; id: string } | undefined;
  return {
    idFor(content) {
      const text = JSON.stringify(content);
      if (lastTry?.content !== text) lastTry = { content: text, id: newRequestId() };
      return lastTry.id;
    },
    done: () => (lastTry = undefined),
  };
}
