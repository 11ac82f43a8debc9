import { apply } from "../../expression.ts";
import { all, image, repeated, scalar, tell } from "../story.fake.ts";
import { typeLimits } from "./types.ts";

const heads = repeated("float32", [1, 2, 4, 8], 1);
const cache = repeated("float32", [16, 4], 1);

tell(
  [
    { name: "a power of numbers is taken", made: [apply("Pow", [image, scalar("float32", 2)])] },
    {
      name: "an integer power, which 10.16 takes",
      made: [apply("Pow", [image, scalar("int64", 2)])],
      says: { "10.3": /base or exponent are int64; put a Cast to float32/ },
    },
    { name: "bytes without a sign", made: [apply("Cast", [image], { to: 2 })] },
    { name: "bytes with a sign", made: [apply("Cast", [image], { to: 3 })], says: all(/it makes int8; cast to int32/) },
    {
      name: "text",
      made: [apply("Cast", [image], { to: 8 })],
      says: all(/it makes elements of type 8; cast to int32/),
    },
    {
      name: "places as int32",
      made: [apply("RotaryEmbedding", [heads, cache, cache, repeated("int32", [1, 4], 1)])],
      opset: 23,
      says: all(/does not have it|position_ids are int32/),
    },
  ],
  typeLimits,
);
