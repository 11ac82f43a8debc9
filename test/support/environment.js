import { TestEnvironment } from "jest-environment-node";

const outerRealm = {
  Float32Array,
  Float64Array,
  Int8Array,
  Int16Array,
  Int32Array,
  Uint8Array,
  Uint16Array,
  Uint32Array,
  BigInt64Array,
  BigUint64Array,
  ArrayBuffer,
  SharedArrayBuffer,
};

/**
 * jest gives each test file a realm of its own, and native modules check `instanceof` against the outer one:
 * without this every tensor that comes back from onnxruntime-node is refused as "not a Float32Array".
 */
export default class Environment extends TestEnvironment {
  constructor(config, context) {
    super(config, context);
    Object.assign(this.global, outerRealm);
  }
}
