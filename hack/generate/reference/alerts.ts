/** An alert that somebody may begin with. */
export interface Alert {
  readonly name: string;
  /** PromQL. */
  readonly expression: string;
  /** How long it has to hold. */
  readonly lasting: string;
  /** What has happened, and what to do. */
  readonly says: string;
}

export const alerts: readonly Alert[] = [
  {
    name: "FaceFleetCameraSilent",
    expression: "sum by (pod, camera) (rate(facefleet_frames_taken_total[5m])) == 0",
    lasting: "5m",
    says: "No frame came for minutes: `kubectl get cam` says why",
  },
  {
    name: "FaceFleetFramesFail",
    expression: 'sum by (pod, camera) (rate(facefleet_frames_total{outcome=~"failed|noModel|unreadable"}[5m])) > 0',
    lasting: "5m",
    says: "Frames come and cannot be looked at: `kubectl get nr` shows the slots, the pod's log the error",
  },
  {
    name: "FaceFleetFramesSlow",
    expression: "histogram_quantile(0.95, sum by (le, pod) (rate(facefleet_frame_seconds_bucket[5m]))) > 0.2",
    lasting: "10m",
    says: "A frame takes longer than it should: too many cameras, or a node that throttles",
  },
  {
    name: "FaceFleetFramesLostAtSwap",
    expression: 'increase(facefleet_frames_lost_total{reason="swap"}[1h]) > 0',
    lasting: "0s",
    says: "A swap of revisions cost frames, which it never should: report it",
  },
  {
    name: "FaceFleetEventsWait",
    expression: "facefleet_events_pending > 1000",
    lasting: "10m",
    says: "A sink does not take events; at 100,000 the oldest are given up: look at the receiver",
  },
  {
    name: "FaceFleetEventsLost",
    expression: 'increase(facefleet_events_total{outcome=~"overflowed|refused|unwritten"}[15m]) > 0',
    lasting: "0s",
    says: "Events are lost: the outbox was full, the receiver refused them, or the disk did not take them",
  },
  {
    name: "FaceFleetNoLeader",
    expression: "absent(leader_election_master_status == 1)",
    lasting: "2m",
    says: "No operator leads, so nothing is rolled out; nodes go on with what they run",
  },
  {
    name: "FaceFleetReconcileFails",
    expression: "sum by (controller) (increase(controller_runtime_reconcile_errors_total[15m])) > 10",
    lasting: "15m",
    says: "A controller fails again and again: the operator's log and `WriteRefused` Events tell at what",
  },
  {
    name: "FaceFleetDefect",
    expression:
      "increase(controller_runtime_reconcile_panics_total[1h]) > 0 or increase(kit_unhandled_rejections_total[1h]) > 0",
    lasting: "0s",
    says: "The operator met a defect of its own: report the stack in its log",
  },
];
