import { join } from "node:path";
import { type AddressPlan, ports } from "../network.ts";
import type { BinaryName } from "../binaries/release.ts";

export type ComponentName = Exclude<BinaryName, "kubectl">;

/** The files of a control plane, all below its folder. */
export function controlPlaneFiles(directory: string) {
  const pki = join(directory, "pki");
  return {
    pki,
    authority: pair(pki, "ca"),
    etcd: pair(pki, "etcd"),
    apiServer: pair(pki, "apiserver"),
    etcdClient: pair(pki, "apiserver-etcd-client"),
    kubeletClient: pair(pki, "apiserver-kubelet-client"),
    serviceAccountKey: join(pki, "service-account.key"),
    serviceAccountPublicKey: join(pki, "service-account.pub"),
    etcdData: join(directory, "etcd"),
    kubeconfigs: join(directory, "kubeconfigs"),
    logs: join(directory, "logs"),
    auditPolicy: join(directory, "audit-policy.yaml"),
    auditLog: join(directory, "logs", "audit.log"),
  };
}

export type ControlPlaneFiles = ReturnType<typeof controlPlaneFiles>;

function pair(folder: string, name: string) {
  return { certificate: join(folder, `${name}.crt`), key: join(folder, `${name}.key`) };
}

/** How long the control plane waits before it believes that a node is gone. */
export interface NodeTiming {
  /** Seconds without a sign of life after which a Node is NotReady. */
  gracePeriodSeconds: number;
  /** Seconds between two looks at all Nodes. */
  monitorPeriodSeconds: number;
}

export interface ComponentOptions {
  plan: AddressPlan;
  files: ControlPlaneFiles;
  timing: NodeTiming;
  audit: boolean;
}

/** The flags of each component. Pure: the same options give the same flags. */
export const componentFlags: Record<ComponentName, (options: ComponentOptions) => Record<string, string | number>> = {
  etcd: etcdFlags,
  "kube-apiserver": apiServerFlags,
  "kube-controller-manager": controllerManagerFlags,
  "kube-scheduler": ({ files }) => ({
    kubeconfig: join(files.kubeconfigs, "kube-scheduler.yaml"),
    "leader-elect": "false",
    "secure-port": 0,
  }),
};

/** A table of flags as arguments. */
export function argumentsOf(flags: Record<string, string | number>): string[] {
  return Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
}

function etcdFlags({ plan, files }: ComponentOptions) {
  const client = `https://${plan.controlPlane}:${ports.etcd}`;
  const peer = `https://${plan.controlPlane}:${ports.etcdPeer}`;
  return {
    name: "facefleet",
    "data-dir": files.etcdData,
    "listen-client-urls": client,
    "advertise-client-urls": client,
    "listen-peer-urls": peer,
    "initial-advertise-peer-urls": peer,
    "initial-cluster": `facefleet=${peer}`,
    "client-cert-auth": "true",
    "trusted-ca-file": files.authority.certificate,
    "cert-file": files.etcd.certificate,
    "key-file": files.etcd.key,
    "peer-client-cert-auth": "true",
    "peer-trusted-ca-file": files.authority.certificate,
    "peer-cert-file": files.etcd.certificate,
    "peer-key-file": files.etcd.key,
    "unsafe-no-fsync": "true",
    "log-level": "warn",
  };
}

function apiServerFlags({ plan, files, audit }: ComponentOptions) {
  return {
    "etcd-servers": `https://${plan.controlPlane}:${ports.etcd}`,
    "etcd-cafile": files.authority.certificate,
    "etcd-certfile": files.etcdClient.certificate,
    "etcd-keyfile": files.etcdClient.key,
    "bind-address": plan.controlPlane,
    "secure-port": ports.apiServer,
    "tls-cert-file": files.apiServer.certificate,
    "tls-private-key-file": files.apiServer.key,
    "client-ca-file": files.authority.certificate,
    "authorization-mode": "Node,RBAC",
    "enable-admission-plugins": "NodeRestriction",
    "anonymous-auth": "false",
    "service-cluster-ip-range": "10.96.0.0/16",
    "service-account-issuer": "https://kubernetes.default.svc",
    "service-account-key-file": files.serviceAccountPublicKey,
    "service-account-signing-key-file": files.serviceAccountKey,
    "kubelet-certificate-authority": files.authority.certificate,
    "kubelet-client-certificate": files.kubeletClient.certificate,
    "kubelet-client-key": files.kubeletClient.key,
    "kubelet-preferred-address-types": "InternalIP",
    // Endpoints may not hold loopback addresses, and nothing here goes through the `kubernetes` Service.
    "endpoint-reconciler-type": "none",
    profiling: "false",
    ...(audit && {
      "audit-policy-file": files.auditPolicy,
      "audit-log-path": files.auditLog,
      "audit-log-maxsize": 100,
      "audit-log-maxbackup": 1,
    }),
  };
}

function controllerManagerFlags({ files, timing }: ComponentOptions) {
  // Pods have loopback addresses, which EndpointSlices may not hold, and no proxy would read them.
  const disabled = ["endpoints-controller", "endpointslice-controller", "endpointslice-mirroring-controller"];
  return {
    kubeconfig: join(files.kubeconfigs, "kube-controller-manager.yaml"),
    controllers: ["*", ...disabled.map((name) => `-${name}`)].join(","),
    "use-service-account-credentials": "true",
    // At the default of 20 a second it takes four seconds to make its controllers' accounts.
    "kube-api-qps": 200,
    "kube-api-burst": 400,
    "service-account-private-key-file": files.serviceAccountKey,
    "root-ca-file": files.authority.certificate,
    "cluster-signing-cert-file": files.authority.certificate,
    "cluster-signing-key-file": files.authority.key,
    "node-monitor-grace-period": `${timing.gracePeriodSeconds}s`,
    "node-monitor-period": `${timing.monitorPeriodSeconds}s`,
    "leader-elect": "false",
    "secure-port": 0,
  };
}
