// How the scripts of the explorer and of the article page are checked: classic scripts, which run from disk and ask
// nothing of the network.
import js from "@eslint/js";

const asked = ["fetch", "XMLHttpRequest", "WebSocket", "EventSource", "eval", "localStorage", "sessionStorage"];

export default [
  js.configs.recommended,
  {
    files: ["**/resources/explorer/*.js", "**/figures/page.js"],
    languageOptions: { ecmaVersion: 2022, sourceType: "script" },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "no-undef": "off", // the types say more of it (tsconfig.json)
      "no-unused-vars": ["error", { vars: "local" }], // `highlow` is what the scripts share
      strict: ["error", "global"],
      eqeqeq: "error",
      "no-var": "error",
      "prefer-const": "error",
      "prefer-template": "error",
      "object-shorthand": "error",
      "no-shadow": ["error", { builtinGlobals: false }],
      "no-implied-eval": "error",
      "no-restricted-globals": ["error", ...asked],
      "no-restricted-properties": ["error", ...["innerHTML", "outerHTML", "insertAdjacentHTML"].map((property) => ({ property }))],
      "max-lines": ["error", 400],
    },
  },
];
