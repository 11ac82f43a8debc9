import { access, constants } from "node:fs/promises";
import { delimiter, isAbsolute, join } from "node:path";
import type { Container, VolumeMount } from "../../api/wire.ts";
import type { Image } from "../image.ts";
import { expandVariables } from "./expansion.ts";
import { type PathMapping, rewritePaths } from "./paths.ts";

/** Where the default service account's token is mounted in every container of Kubernetes. */
export const serviceAccountPath = "/var/run/secrets/kubernetes.io/serviceaccount";
const defaultTerminationPath = "/dev/termination-log";

export interface LaunchInputs {
  container: Container;
  image: Image;
  /** The variables that the image and the pod set, not yet rewritten. */
  variables: ReadonlyMap<string, string>;
  /** Where each volume of the pod lies. */
  volumes: ReadonlyMap<string, string>;
  /** A folder of the container's own. */
  directory: string;
  /** Variables that every container of the node has; the pod's own win. */
  base: Record<string, string>;
}

/** All that is needed to start a container's command as a process. */
export interface Launch {
  command: string[];
  environment: Record<string, string>;
  workingDirectory: string;
  mappings: PathMapping[];
}

export function terminationLog(directory: string): string {
  return join(directory, "termination-log");
}

/** What a container's command becomes on a node without mount namespaces. Pure. */
export function planLaunch(inputs: LaunchInputs): Launch {
  const { container, image, variables } = inputs;
  const mappings = pathMappings(inputs);
  const real = (text: string) => rewritePaths(expandVariables(text, variables), mappings);
  const command = [...(container.command ?? image.entrypoint), ...(container.args ?? [])].map(real);
  // What the image sets names folders of this machine already, be it below /tmp, which a container may mount over.
  const own = [...variables].map(([name, value]) => [
    name,
    image.env?.[name] === value ? value : rewritePaths(value, mappings),
  ]);
  return {
    command,
    environment: { ...inputs.base, ...(Object.fromEntries(own) as Record<string, string>) },
    workingDirectory: container.workingDir ? rewritePaths(container.workingDir, mappings) : image.workingDirectory,
    mappings,
  };
}

/** Which paths of the container lie elsewhere: its mounts and its termination message. */
function pathMappings({ container, volumes, directory, variables }: LaunchInputs): PathMapping[] {
  const mounts = (container.volumeMounts ?? []).map((mount) => ({
    containerPath: mount.mountPath,
    realPath: mountedPath(mount, volumes.get(mount.name) ?? "", variables),
  }));
  const terminationPath = container.terminationMessagePath ?? defaultTerminationPath;
  return [...mounts, { containerPath: terminationPath, realPath: terminationLog(directory) }];
}

function mountedPath(mount: VolumeMount, volume: string, variables: ReadonlyMap<string, string>): string {
  const subPath = mount.subPathExpr === undefined ? mount.subPath : expandVariables(mount.subPathExpr, variables);
  return subPath ? join(volume, subPath) : volume;
}

/** The file a command would run, found as a shell finds it; undefined if there is none that may be executed. */
export async function findExecutable(launch: Launch): Promise<string | undefined> {
  const name = launch.command[0] ?? "";
  const folders = name.includes("/") ? [launch.workingDirectory] : (launch.environment.PATH ?? "").split(delimiter);
  for (const candidate of isAbsolute(name) ? [name] : folders.map((folder) => join(folder, name))) {
    if (
      await access(candidate, constants.X_OK).then(
        () => true,
        () => false,
      )
    )
      return candidate;
  }
  return undefined;
}
