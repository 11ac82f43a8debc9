import { join } from "node:path";
import { type ApiClient, createApiClient } from "../api/client.ts";
import type { Binaries } from "../binaries/release.ts";
import { type CertificateAuthority, createAuthority, type KeyPair, type User } from "../certificates.ts";
import { type AddressPlan, ports } from "../network.ts";
import { type GuardedProcess, startGuarded } from "../processes/guard.ts";
import { tail } from "../processes/tail.ts";
import {
  argumentsOf,
  componentFlags,
  type ComponentName,
  type ComponentOptions,
  type ControlPlaneFiles,
  controlPlaneFiles,
  type NodeTiming,
} from "./components.ts";
import { type AuditPolicy, writeControlPlaneFiles, writeKubeconfig } from "./files.ts";
import { apiServerReady, controllersReady } from "./ready.ts";

export interface ControlPlaneOptions {
  directory: string;
  binaries: Binaries;
  plan: AddressPlan;
  timing: NodeTiming;
  auditPolicy?: AuditPolicy | undefined;
  onProgress: (line: string) => void;
  signal: AbortSignal;
}

export interface ControlPlane {
  readonly server: string;
  readonly files: ControlPlaneFiles;
  readonly authority: CertificateAuthority;
  readonly adminKubeconfig: string;
  /** Set if requests are written down. */
  readonly auditLog: string | undefined;
  /** The API server, called as the administrator, and what the administrator proves it with. */
  readonly admin: ApiClient;
  readonly adminKeyPair: KeyPair;
  /** Rejects if a component ends before it is told to. Never resolves. */
  readonly failed: Promise<never>;
  readonly processes: readonly GuardedProcess[];
  kubeconfigFor(user: User): Promise<string>;
  /** Ends every component at once; nothing of it is needed again. */
  stop(): Promise<void>;
}

/** Starts etcd, the API server, the controller manager and the scheduler, and waits until they serve. */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { plan, auditPolicy } = options;
  const files = controlPlaneFiles(options.directory);
  const server = `https://${plan.controlPlane}:${ports.apiServer}`;
  const authority = await createAuthority("facefleet-local-cluster", new Date());
  await writeControlPlaneFiles(files, { authority, plan, auditPolicy });
  const kubeconfigOf = (user: User, name: string) => writeKubeconfig({ files, authority, server }, user, name);
  const adminUser = { name: "admin", groups: ["system:masters"] };
  const [adminKubeconfig] = await Promise.all([
    kubeconfigOf(adminUser, "admin"),
    kubeconfigOf({ name: "system:kube-controller-manager" }, "kube-controller-manager"),
    kubeconfigOf({ name: "system:kube-scheduler" }, "kube-scheduler"),
  ]);
  const adminKeyPair = await authority.issueClient(adminUser);
  const admin = createApiClient({ server, authority: authority.certificate, ...adminKeyPair });
  const components = new Components(options.binaries, {
    plan,
    files,
    timing: options.timing,
    audit: auditPolicy !== undefined,
  });
  const stop = async () => {
    admin.close();
    await components.stop();
  };
  try {
    await bringUp(components, admin, options);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    server,
    files,
    authority,
    adminKubeconfig,
    auditLog: auditPolicy && files.auditLog,
    admin,
    adminKeyPair,
    failed: components.failed,
    processes: components.processes,
    kubeconfigFor: (user) => kubeconfigOf(user, `user-${encodeURIComponent(user.name)}`),
    stop,
  };
}

/** The controller manager and the scheduler give up on an API server that is not ready within ten seconds. */
async function bringUp(components: Components, admin: ApiClient, options: ControlPlaneOptions): Promise<void> {
  options.onProgress("starting etcd and kube-apiserver");
  await components.start("etcd", "kube-apiserver");
  await Promise.race([apiServerReady(admin, options.signal), components.failed]);
  options.onProgress("starting kube-controller-manager and kube-scheduler");
  await components.start("kube-controller-manager", "kube-scheduler");
  await Promise.race([controllersReady(admin, options.signal), components.failed]);
}

class Components {
  readonly processes: GuardedProcess[] = [];
  readonly failed: Promise<never>;
  readonly #binaries: Binaries;
  readonly #options: ComponentOptions;
  readonly #fail: (error: Error) => void;
  #stopping = false;

  constructor(binaries: Binaries, options: ComponentOptions) {
    this.#binaries = binaries;
    this.#options = options;
    const { promise, reject } = Promise.withResolvers<never>();
    this.failed = promise;
    this.#fail = reject;
    promise.catch(() => undefined); // whoever does not ask need not handle it
  }

  async start(...names: ComponentName[]): Promise<void> {
    this.processes.push(...(await Promise.all(names.map((name) => this.#startOne(name)))));
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.processes.map((each) => each.kill()));
  }

  async #startOne(name: ComponentName): Promise<GuardedProcess> {
    const { logs } = this.#options.files;
    const file = join(logs, `${name}.log`);
    const component = await startGuarded({
      command: [this.#binaries[name], ...argumentsOf(componentFlags[name](this.#options))],
      environment: { PATH: process.env.PATH ?? "", HOME: logs },
      workingDirectory: logs,
      output: { file },
    });
    component.exited.then(
      async ({ code }) => {
        if (!this.#stopping)
          this.#fail(new Error(`${name} ended with code ${code}; the end of ${file}:\n${await tail(file)}`));
      },
      () => undefined,
    );
    return component;
  }
}
