/** What an Event of one reason says, for those who see it. */
export interface EventReason {
  /** Warning is for what somebody should look at. */
  readonly type: "Normal" | "Warning";
  /** When it is told: ends the sentence "told when ...". */
  readonly when: string;
  /** What there is to do; absent where there is nothing. */
  readonly remedy?: string;
}

const normal = (when: string, remedy?: string): EventReason => ({ type: "Normal", when, ...(remedy && { remedy }) });
const warning = (when: string, remedy: string): EventReason => ({ type: "Warning", when, remedy });

/** Reasons of the Events about a FaceModel, in the order of the story. */
export const modelReasons = {
  RevisionCreated: normal("`spec` asks for another revision than before"),
  Retried: normal("a RolloutDecision has the revision start anew"),
  GateChanged: normal("the online gate or its probes changed, so the same revision shows its worth anew"),
  BuildStarted: normal("a node's build Job was made"),
  EnginesBuilt: normal("a node has the engines"),
  GatePassed: normal("they passed the offline gate there"),
  ShadowStarted: normal("a node compares the revision with its champion"),
  ShadowPassed: normal("a node may activate the revision"),
  Activated: normal("the revision drives events on a node"),
  NodeDone: normal("a node has run it well for the `soak` of its wave"),
  NodeDeferred: warning(
    "a node is away",
    "Bring it back when it suits you: it passes its own gate then, and the others do not wait for it",
  ),
  NodeReturned: normal("a node that was away is back"),
  NodeFailed: warning(
    "a gate failed on a node, or its runtime did",
    "Read the note; more of them than `maxFailures` of the wave end the rollout",
  ),
  NodeUnavailable: warning(
    "a node has the promoted revision and does not serve it",
    "Read `kubectl describe pod -l facefleet.dev/node=NODE`",
  ),
  NodeAvailable: normal("that node serves again"),
  NodeRollingBack: normal("a node goes back to the champion"),
  ApprovalRequired: normal(
    "a wave with `approval: Required` may begin",
    "Approve it with a RolloutDecision, or abort the rollout",
  ),
  WaveEmpty: normal(
    "it is the turn of the first wave, and it has no nodes",
    "Label nodes for it, remove it, or approve it with a RolloutDecision",
  ),
  WaveStarted: normal("a wave begins"),
  WavePassed: normal("a wave has passed"),
  WaveFailed: warning("more nodes of a wave failed than are tolerated", "Read `status.failure` of the FaceModel"),
  Suspended: normal("`spec.suspend` was set", "Take it back to go on"),
  Paused: warning(
    "a failure stopped the rollout where it is",
    "Put right what the note names, then retry, skip or abort with a RolloutDecision",
  ),
  Quarantined: warning(
    "`spec` asks for a revision that failed before",
    "Change `spec` to another one, or retry it with a RolloutDecision",
  ),
  RollingBack: warning("the revision is being taken off the nodes", "Wait for `RolledBack`"),
  RolledBack: warning(
    "every node within reach is off the revision",
    "Read the note: metric, value, interval, limit and n; then change `spec`, or retry with a RolloutDecision",
  ),
  Promoted: normal("the last wave has passed: the revision is the champion"),
} as const satisfies Record<string, EventReason>;

/** Reasons of the Events about any object of ours. */
export const objectReasons = {
  WriteRefused: warning(
    "the API server refuses what the operator writes about the object, and will until somebody acts",
    "The note names the fields and the remedy",
  ),
} as const satisfies Record<string, EventReason>;
