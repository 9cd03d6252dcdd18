import { useRouter } from "vue-router";
import { act } from "@/backend/backend";
import { faultFrom } from "@/backend/port";
import { say } from "@/composables/useSay";
import { confirmAct } from "@/composables/confirmAct";
import { useKept } from "@/stores/kept";
import { usePreferences } from "@/stores/preferences";
import { useSession } from "@/stores/session";
import { useWaiting } from "@/stores/waiting";
import type { FoundAct } from "./useSearch";

/** Acts of the frame that can be found by Ctrl+K and stand in the user menu. */
export function useShellActs(shows: {
  keys: () => void;
  help: () => void;
  password: () => void;
}): FoundAct[] {
  const router = useRouter();
  const preferences = usePreferences();
  return [
    {
      label: "立即同步",
      words: "ljtb 区平台 发送",
      run: () => {
        void router.push({ name: "sync" });
        void syncNow();
      },
    },
    { label: "放大字号", words: "fdzh 大字 字体", run: () => preferences.stepType(1) },
    { label: "缩小字号", words: "sxzh 小字 字体", run: () => preferences.stepType(-1) },
    {
      label: "切换高对比",
      words: "gdb 对比度",
      run: () => (preferences.kept.contrast = preferences.kept.contrast === "high" ? "standard" : "high"),
    },
    { label: "修改密码", words: "xgmm", run: shows.password },
    { label: "快捷键", words: "kjj 全部按键 键盘", run: shows.keys },
    { label: "本页帮助", words: "bybz", run: shows.help },
    { label: "退出登录", words: "tcdl", run: () => void signOut() },
  ];
}

async function syncNow(): Promise<void> {
  try {
    await act("sync_now", {});
  } catch (thrown) {
    say(faultFrom(thrown).message, { tone: "wait" });
  }
  useWaiting().refreshSoon();
}

/** Signs out; asks only when something typed would be lost. */
export async function signOut(): Promise<void> {
  const kept = useKept();
  const sure =
    kept.unsaved.length === 0 ||
    (await confirmAct({
      title: "退出登录会丢掉没有提交的内容",
      text: `${kept.unsavedWords}填了一半，没有提交。先去提交，或者确认不要了再退出。`,
      verb: "丢掉并退出",
    }));
  if (!sure) return;
  kept.clear();
  await useSession().signOut();
}
