import { remove, set } from "../../support/edit.ts";
import { casesOf } from "./case.ts";

export const cameraStreamCases = casesOf("CameraStream", [
  {
    story: "an address with user and password",
    edit: set("spec.source.url", "http://admin:secret@10.0.8.17/mjpeg"),
    field: "spec.source.url",
    remedy: "put them into a Secret and name it in credentialsSecretRef",
  },
  {
    story: "an RTSP address of an HTTP source",
    edit: set("spec.source.url", "rtsp://10.0.8.17/stream"),
    field: "spec.source.url",
    remedy: "url of an HTTP source must begin with http:// or https://",
  },
  {
    story: "an RTSP camera, which this version does not decode",
    edit: set("spec.source", { type: "RTSP", url: "rtsp://10.0.8.17/stream" }),
    field: "spec.source.type",
    remedy: "use the camera's HTTP address (multipart JPEG)",
  },
  {
    story: "a USB camera, which this version does not decode",
    edit: set("spec.source", { type: "USB", url: "/dev/video0" }),
    field: "spec.source.type",
    remedy: "use the camera's HTTP address (multipart JPEG)",
  },
  {
    story: "a policy of adaptation, which this version has not",
    edit: set("spec.adaptationPolicyRef", { name: "evening" }),
    field: "spec.adaptationPolicyRef",
    remedy: "a kind that is not in this version: remove it",
  },
  {
    story: "a folder that climbs",
    from: [set("spec.source", { type: "File", url: "file:///pictures/hall" })],
    edit: set("spec.source.url", "file:///pictures/../../etc"),
    field: "spec.source.url",
    remedy: "must not climb with ..",
  },
  {
    story: "a mask beyond the frame",
    edit: set("spec.privacyMasks[0].left", "0.8"),
    field: "spec.privacyMasks",
    remedy: "left + width and top + height must be at most 1",
  },
  {
    story: "a mask of no width",
    edit: set("spec.privacyMasks[0].width", "0"),
    field: "spec.privacyMasks",
    remedy: "width and height must be above 0",
  },
  {
    story: "two masks of one name",
    edit: set("spec.privacyMasks[1]", { name: "street", left: "0.5", top: "0", width: "0.1", height: "0.1" }),
    field: "spec.privacyMasks[1]",
    remedy: "Duplicate value",
  },
  {
    story: "identity without a gallery",
    edit: remove("spec.galleryRef"),
    field: "spec.galleryRef",
    remedy: "infer.identity needs galleryRef: the people that may be recognized",
  },
  {
    story: "a gallery that nothing may use",
    edit: set("spec.infer", { expression: true }),
    field: "spec.galleryRef",
    remedy: "allow identity or remove it",
  },
  {
    story: "a thousand frames a second",
    edit: set("spec.maxFramesPerSecond", 1000),
    field: "spec.maxFramesPerSecond",
    remedy: "should be less than or equal to 120",
  },
  {
    story: "a sink that posts nowhere",
    edit: remove("spec.sinks[0].url"),
    field: "spec.sinks[0].url",
    remedy: "a sink of type HTTP needs url",
  },
  {
    story: "an address of standard output",
    edit: set("spec.sinks[0].type", "Stdout"),
    field: "spec.sinks[0].url",
    remedy: "url belongs to sinks of type HTTP: remove it",
  },
  {
    story: "a sink with a password in its address",
    edit: set("spec.sinks[0].url", "https://me:secret@events.example.com/faces"),
    field: "spec.sinks[0].url",
    remedy: "must not hold a user or password",
  },
  {
    story: "a node's name that none can have",
    edit: set("spec.nodeName", "Orin NX 1"),
    field: "spec.nodeName",
    remedy: "must be an object name",
  },
]);
