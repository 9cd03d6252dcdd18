import { onScopeDispose, ref, shallowRef } from "vue";

// a fast typist leaves about 100 ms between keys: waiting longer would be felt, less would ask for nothing
const PAUSE_MS = 60;

/** What could be meant, and whether there is more than is shown. */
export interface Found<Choice> {
  choices: Choice[];
  more: boolean;
}

export type Finder<Choice> = (text: string) => Promise<Found<Choice>>;

/** What could be meant by what is being typed. */
export function useChoices<Choice>() {
  const list = shallowRef<Choice[]>([]);
  const open = ref(false);
  /** Place of the one that Enter takes. */
  const at = ref(0);
  /** The text that the list answers; Enter must not take what was found for an older text. */
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

  /** Shows what is known already. */
  function show(choices: Choice[], text: string): void {
    clearTimeout(timer);
    round += 1;
    list.value = choices;
    answers.value = text;
    more.value = false;
    at.value = 0;
    open.value = choices.length > 0;
  }

  /** Looks while the text is being typed. */
  function typed(text: string, finder: Finder<Choice>): void {
    clearTimeout(timer);
    const mine = ++round;
    if (text.trim() === "") {
      close();
      return;
    }
    timer = setTimeout(() => void find(text, finder, mine), PAUSE_MS);
  }

  async function find(text: string, finder: Finder<Choice>, mine: number): Promise<void> {
    try {
      const found = await finder(text);
      if (mine !== round) return;
      show(found.choices, text);
      more.value = found.more;
    } catch {
      // the text is asked again when the cell is left or the form submitted, and a fault is said there
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
