import { group } from "./kind.ts";

/** Asks for a reconcile now; answered by status.lastHandledReconcileAt. Source: Flux, reconcile.fluxcd.io/requestedAt. */
export const requestedAt = `${group}/requestedAt`;

/** Labels on the objects that the operator makes. */
export const labels = { model: `${group}/model`, revision: `${group}/revision`, node: `${group}/node` } as const;
