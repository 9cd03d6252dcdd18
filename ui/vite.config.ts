import { fileURLToPath, URL } from "node:url";
import vue from "@vitejs/plugin-vue";
import elementPlus from "unplugin-element-plus/vite";
import { defineConfig } from "vite";
import { frozenPrototypes } from "./frozenPrototypes.ts";
import { remFromPx } from "./remFromPx.ts";

// the program's own backend in a browser during development: start the devhost on this address
const DEVHOST = process.env.ZHENXIN_DEVHOST ?? "http://127.0.0.1:5180";

export default defineConfig({
  plugins: [vue(), elementPlus({}), frozenPrototypes()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  css: { postcss: { plugins: [remFromPx("element-plus")] } },
  server: {
    port: 5173,
    strictPort: true,
    proxy: { "/api": { target: DEVHOST, changeOrigin: true } },
  },
  build: {
    // WebKitGTK 2.42 and WebView2: the two engines that show these pages
    target: ["safari17", "chrome120"],
    // the policy allows no inline script, so the loader's polyfill must not be one
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 900,
    reportCompressedSize: false,
  },
});
