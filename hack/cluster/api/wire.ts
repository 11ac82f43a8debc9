import type * as kubernetes from "@kubernetes/client-node";

/** An API type of the JavaScript client as it is on the wire: moments are RFC 3339 text, not Dates. */
export type Wire<T> = T extends Date
  ? string
  : T extends (infer Item)[]
    ? Wire<Item>[]
    : T extends object
      ? { [Key in keyof T]: Wire<T[Key]> }
      : T;

export type Pod = Wire<kubernetes.V1Pod> & { metadata: ObjectMeta; spec: PodSpec };
export type PodSpec = Wire<kubernetes.V1PodSpec>;
export type PodStatus = Wire<kubernetes.V1PodStatus>;
export type PodCondition = Wire<kubernetes.V1PodCondition>;
export type Container = Wire<kubernetes.V1Container>;
export type ContainerStatus = Wire<kubernetes.V1ContainerStatus>;
export type ContainerState = Wire<kubernetes.V1ContainerState>;
export type EnvVar = Wire<kubernetes.V1EnvVar>;
export type EnvFromSource = Wire<kubernetes.V1EnvFromSource>;
export type ObjectFieldSelector = Wire<kubernetes.V1ObjectFieldSelector>;
export type ResourceFieldSelector = Wire<kubernetes.V1ResourceFieldSelector>;
export type Probe = Wire<kubernetes.V1Probe>;
export type LifecycleHandler = Wire<kubernetes.V1LifecycleHandler>;
export type HttpGetAction = Wire<kubernetes.V1HTTPGetAction>;
export type Volume = Wire<kubernetes.V1Volume>;
export type VolumeMount = Wire<kubernetes.V1VolumeMount>;
export type VolumeProjection = Wire<kubernetes.V1VolumeProjection>;
export type DownwardApiFile = Wire<kubernetes.V1DownwardAPIVolumeFile>;
export type HostPathVolume = Wire<kubernetes.V1HostPathVolumeSource>;
export type KeyToPath = Wire<kubernetes.V1KeyToPath>;
export type ServiceAccountTokenProjection = Wire<kubernetes.V1ServiceAccountTokenProjection>;
export type ConfigMap = Wire<kubernetes.V1ConfigMap>;
export type Secret = Wire<kubernetes.V1Secret>;
export type Node = Wire<kubernetes.V1Node> & { metadata: ObjectMeta };
export type NodeCondition = Wire<kubernetes.V1NodeCondition>;
export type Taint = Wire<kubernetes.V1Taint>;
export type Lease = Wire<kubernetes.V1Lease>;
export type Event = Wire<kubernetes.CoreV1Event>;
export type ObjectMeta = Wire<kubernetes.V1ObjectMeta>;

/** A list as the API server gives it. */
export interface ObjectList<T> {
  metadata: { resourceVersion: string };
  items: T[];
}
