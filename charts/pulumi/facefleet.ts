import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

/** What an installation of FaceFleet takes. */
export interface FaceFleetArgs {
  /** Namespace that is looked after; it must exist and admit pods that mount a folder of their node. */
  namespace: pulumi.Input<string>;
  /** Values of the chart, as in charts/facefleet/values.yaml. */
  values?: pulumi.Input<Record<string, unknown>>;
  /** Folder or address of the chart. Default: charts/facefleet beside this file. */
  chart?: pulumi.Input<string>;
  /** Version of the chart, when it comes from a registry. */
  version?: pulumi.Input<string>;
}

/** FaceFleet in one namespace: its definitions, operator, accounts, roles and policy, from the Helm chart. */
export class FaceFleet extends pulumi.ComponentResource {
  /** The objects of the chart. */
  readonly resources: pulumi.Output<unknown[]>;

  constructor(name: string, args: FaceFleetArgs, options?: pulumi.ComponentResourceOptions) {
    super("facefleet:index:FaceFleet", name, {}, options);
    const { namespace, values = {}, chart = `${import.meta.dirname}/../facefleet`, version } = args;
    const release = new kubernetes.helm.v4.Chart(
      name,
      { namespace, values, chart, ...(version !== undefined && { version }) },
      { parent: this },
    );
    this.resources = release.resources;
    this.registerOutputs({ resources: this.resources });
  }
}
