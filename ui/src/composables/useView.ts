import { useKept } from "@/stores/kept";

/**
 * A page's filters and scroll, kept while one is elsewhere. `key` names the page; `fresh` gives the first value.
 * The object is reactive: change its fields.
 */
export function useView<View extends object>(key: string, fresh: () => View): View {
  const { views } = useKept();
  if (!views.has(key)) views.set(key, fresh());
  return views.get(key) as View;
}
