import { exampleOf } from "../../crds/examples.ts";
import { kinds } from "../../crds/kinds.ts";
import { crdOf } from "../../crds/derive/crd.ts";
import { referenceIndex, referencePage } from "../../crds/derive/reference.ts";
import { generatedYaml } from "../../crds/derive/yaml.ts";
import { chartTemplate } from "./chart.ts";
import { cloudEventsPage } from "./reference/cloudevents.ts";
import { eventsPage } from "./reference/events.ts";
import { metricsPage } from "./reference/metrics.ts";

/** Folders that hold generated files and nothing else. */
export const generatedFolders = ["crds/generated", "charts/facefleet/templates/crds", "docs/reference"] as const;

const besides =
  "What they tell: [Kubernetes Events](events.md), [CloudEvents](cloudevents.md), [metrics and alerts](metrics.md).\n";

/** Every generated file: its path below the root of the repository, and what it says. */
export function generatedFiles(): Map<string, string> {
  const files = new Map([
    ["docs/reference/README.md", `${referenceIndex(kinds)}\n${besides}`],
    ["docs/reference/events.md", eventsPage()],
    ["docs/reference/cloudevents.md", cloudEventsPage()],
    ["docs/reference/metrics.md", metricsPage()],
  ]);
  for (const kind of kinds) {
    const crd = generatedYaml(crdOf(kind));
    files.set(`crds/generated/${kind.plural}.yaml`, crd);
    files.set(`charts/facefleet/templates/crds/${kind.plural}.yaml`, chartTemplate(crd));
    files.set(`docs/reference/${kind.singular}.md`, referencePage(kind, exampleOf(kind)));
  }
  return files;
}
