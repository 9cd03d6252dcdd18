import { onScopeDispose, ref, shallowRef } from "vue";
import { ask } from "@/backend/backend";
import type { ResidentChoice } from "@/backend/contract";

// a fast typist leaves about 100 ms between keys: waiting longer would be felt, less would ask for nothing
const PAUSE_MS = 60;
/** As many as fit under a cell without scrolling. */
const SHOW_AT_MOST = 8;

/** People who could be meant by what is being typed, or by a pasted line. */
export function useCandidates() {
  const list = shallowRef<ResidentChoice[]>([]);
  const open = ref(false);
  /** Place of the one that Enter takes. */
  const at = ref(0);
  /** The text that the list answers; Enter must not take a person found for an older text. */
  const answers = ref("");
  const more = ref(false);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let round = 0;

  function close(): void {
    clearTimeout(timer);
    round += 1;
    open.value = false;
    list.value = [];
    answers.value = "";
  }

  /** Shows people that are known already. */
  function show(choices: ResidentChoice[], text: string): void {
    clearTimeout(timer);
    round += 1;
    list.value = choices;
    answers.value = text;
    more.value = false;
    at.value = 0;
    open.value = choices.length > 0;
  }

  /** Looks for people while the text is being typed. */
  function typed(text: string): void {
    clearTimeout(timer);
    const mine = ++round;
    if (text.trim() === "") {
      close();
      return;
    }
    timer = setTimeout(() => void find(text, mine), PAUSE_MS);
  }

  async function find(text: string, mine: number): Promise<void> {
    try {
      const found = await ask("search", { text, limit: SHOW_AT_MOST });
      if (mine !== round) return;
      const choices = found.hits.map((line) => ({ line, blocked: line.consent ? null : "还没有登记同意" }));
      show(choices, text);
      more.value = found.more;
    } catch {
      // the line is asked again by resolve_residents when the cell is left, and a fault is said there
      if (mine === round) close();
    }
  }

  /** The next or the former one, round at the ends. */
  function step(by: number): void {
    const { length } = list.value;
    if (length > 0) at.value = (at.value + by + length) % length;
  }

  onScopeDispose(close);
  return { list, open, at, answers, more, close, show, typed, step };
}
