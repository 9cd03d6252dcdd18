import { computed, type ComputedRef, type Ref } from "vue";
import { useRoute, useRouter } from "vue-router";
import { takeKeys, type KeyTarget } from "./takeKeys";

/** A list and the details that open beside it, each with its own address. */
export interface DetailRoute {
  /** True while something stands beside the list. */
  beside: ComputedRef<boolean>;
  open: (id: string) => void;
  close: () => Promise<void>;
}

/** `names`: route of the list, of its detail, and the detail's parameter. `table` takes the keys back on closing. */
export function useDetailRoute(
  names: { list: string; detail: string; param: string },
  table: Readonly<Ref<KeyTarget | null>>,
): DetailRoute {
  const route = useRoute();
  const router = useRouter();
  const beside = computed(
    () => route.matched.some((each) => each.name === names.list) && route.name !== names.list,
  );

  function open(id: string): void {
    const to = { name: names.detail, params: { [names.param]: id } };
    // walking through the list leaves one step back, not one for each row looked at
    void (beside.value ? router.replace(to) : router.push(to));
  }

  async function close(): Promise<void> {
    await router.push({ name: names.list });
    takeKeys(table.value);
  }

  return { beside, open, close };
}
