import { request } from "undici";
import type { ClusterView } from "./world.ts";

/** What the runtimes counted, over all nodes. */
export interface Counters {
  frames: { seen: number; lostAtSwaps: number };
  events: { accepted: number; delivered: number };
}

/** Reads the metrics of every runtime. @throws Error naming the pod that does not answer. */
export async function readCounters(view: ClusterView): Promise<Counters> {
  const runtimes = view.pods.cache
    .list()
    .filter(
      ({ metadata, status }) => metadata.labels?.["facefleet.dev/node"] && status?.podIP && isRuntime(metadata.name),
    );
  const pages = await Promise.all(runtimes.map(({ metadata, status }) => scrape(metadata.name, status!.podIP!)));
  const total = (name: string, label: string) => pages.reduce((sum, page) => sum + valueOf(page, name, label), 0);
  return {
    frames: {
      seen: total("facefleet_frames_total", 'outcome="seen"'),
      lostAtSwaps: total("facefleet_frames_lost_total", 'reason="swap"'),
    },
    events: {
      accepted: total("facefleet_events_total", 'outcome="accepted"'),
      delivered: total("facefleet_events_total", 'outcome="delivered"'),
    },
  };
}

function isRuntime(pod: string): boolean {
  return pod.includes("runtime");
}

async function scrape(pod: string, address: string): Promise<string> {
  const { statusCode, body } = await request(`http://${address}:8080/metrics`);
  const page = await body.text();
  if (statusCode !== 200) throw new Error(`the metrics of pod ${pod} answer ${statusCode}`);
  return page;
}

/** Sum of a metric's samples that carry a label, in the text format of Prometheus. */
function valueOf(page: string, name: string, label: string): number {
  const lines = page.split("\n").filter((line) => line.startsWith(`${name}{`) && line.includes(label));
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" ") + 1)), 0);
}
