import type { Acts } from "@/backend/contract";
import type { ActName } from "@/backend/port";
import { requestIds } from "@/format/request";
import { useAct, type Acting } from "./useAct";

type Content<Name extends ActName> = Omit<Acts[Name]["request"], "request_id">;

export interface Submitting<Name extends ActName> extends Pick<Acting<Name>, "busy" | "fault"> {
  /** Gives the reply, or `undefined` when it was refused. The same content tried again is the same act. */
  submit: (content: Content<Name>) => Promise<Acts[Name]["reply"] | undefined>;
}

/** An act of a form, which may be submitted again, changed or unchanged. */
export function useSubmit<Name extends ActName>(name: Name): Submitting<Name> {
  const { run, busy, fault } = useAct(name);
  const ids = requestIds();

  async function submit(content: Content<Name>): Promise<Acts[Name]["reply"] | undefined> {
    const reply = await run({ ...content, request_id: ids.idFor(content) } as Acts[Name]["request"]);
    if (reply !== undefined) ids.done();
    return reply;
  }

  return { submit, busy, fault };
}
