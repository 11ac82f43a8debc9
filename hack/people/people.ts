/** The drawn people: what other folders use of them. */
export { addPerson, drawFace, type FaceOptions, type Picture } from "./face.ts";
export { drawView } from "./camera/draw-view.ts";
export { CLEAN, type Sensor } from "./camera/sensor.ts";
export type { Box, Point, Truth } from "./camera/truth.ts";
export type { View } from "./camera/view.ts";
export { type Expression, expressions, type Felt } from "./expression/expression.ts";
export { drawIdentity } from "./identity/draw-identity.ts";
export type { Identity } from "./identity/identity.ts";
export type { Light } from "./light/light.ts";
export { createRandom, deriveSeed, type Random } from "./random/random.ts";
export { LENSES, type Lens, type LensName } from "./camera/sensors.ts";
export { ENROLLED, STRANGERS } from "./scene/cast.ts";
export { drawScene, type FrameTruth, type PersonTruth, type SceneFrame } from "./scene/draw-scene.ts";
export { prepareScenes } from "./scene/prepare-scenes.ts";
export { quickstartScripts } from "./scene/quickstart.ts";
export type { Feeling, Person, Script, Visit, Waypoint } from "./scene/script.ts";
export type { Scene, SceneProgress } from "./scene/store-scene.ts";
export { type CameraServer, type Credentials, serveCameras, type ServeOptions } from "./server/camera-server.ts";
