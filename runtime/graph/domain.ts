/** A domain of operators by its one name: the default domain is "", which files also call "ai.onnx". */
export const domainOf = (domain: string | undefined): string =>
  domain === undefined || domain === "ai.onnx" ? "" : domain;

/** Names an operator or a function: two that are equal in these three are one. */
export const operatorKey = (domain: string | undefined, name = "", overload = ""): string =>
  JSON.stringify([domainOf(domain), name, overload]);
