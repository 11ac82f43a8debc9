import { applyMany, attribute, application, type Result } from "../../expression.ts";
import { all, repeated, tell } from "../story.fake.ts";
import { recurrentLimits } from "./recurrent.ts";

const steps = repeated("float32", [5, 1, 3], 1);
const weights = (inputs: number) => repeated("float32", [2, 2, inputs], 1);

function rnn(activations: readonly string[], alphas: readonly number[] = []): readonly (Result | undefined)[] {
  const strings = activations.map((name) => new TextEncoder().encode(name));
  const alpha = { ...attribute("activation_alpha", ""), type: 6, floats: alphas };
  return application({
    opType: "RNN",
    inputs: [steps, weights(3), weights(2)],
    attributes: [
      attribute("direction", "bidirectional"),
      attribute("hidden_size", 2),
      { ...attribute("activations", ""), type: 8, strings },
      ...(alphas.length === 0 ? [] : [alpha]),
    ],
  }).results;
}

tell(
  [
    { name: "both directions alike are taken", made: rnn(["Tanh", "tanh"]) },
    {
      name: "both directions as they are by default are taken",
      made: applyMany("RNN", [steps, weights(3), weights(2)], { direction: "bidirectional", hidden_size: 2 }, 1),
    },
    { name: "two directions that differ", made: rnn(["Tanh", "Relu"]), says: all(/other activation functions/) },
    {
      name: "two directions of one function with other numbers",
      made: rnn(["LeakyRelu", "LeakyRelu"], [0.1, 0.2]),
      says: all(/or other numbers for them/),
    },
    { name: "two directions of one function and number are taken", made: rnn(["LeakyRelu", "LeakyRelu"], [0.1, 0.1]) },
  ],
  recurrentLimits,
);
