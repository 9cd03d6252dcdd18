// Everything starts here: keys, preferences, then the first screen.

import { createPinia } from "pinia";
import { createApp } from "vue";
import App from "./App.vue";
import { listenToKeys } from "./composables/useKeys";
import { router } from "./router/router";
import { usePreferences } from "./stores/preferences";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/element.css";
import "./styles/print.css";

const app = createApp(App);
app.use(createPinia());
usePreferences();
app.use(router);
listenToKeys();
app.mount("#app");
