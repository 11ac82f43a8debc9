const project = {
  extensionsToTreatAsEsm: [".ts"],
  testEnvironment: "<rootDir>/test/support/environment.js",
  transform: { "\\.ts$": "<rootDir>/test/support/strip-types.js" },
  testPathIgnorePatterns: ["/node_modules/", "/.cache/", "/.quickstart/"],
  modulePathIgnorePatterns: ["/.quickstart/"],
};

/** `unit` stands alone; `cluster` brings up a real control plane (test/api, test/e2e). */
export default {
  projects: [
    {
      ...project,
      displayName: "unit",
      roots: ["operator", "crds", "charts", "runtime", "evidence", "hack", "test/bench", "test/support"].map(
        (folder) => `<rootDir>/${folder}`,
      ),
    },
    { ...project, displayName: "cluster", roots: ["<rootDir>/test/api", "<rootDir>/test/e2e"] },
  ],
  maxWorkers: 2,
  testTimeout: 30_000,
};
