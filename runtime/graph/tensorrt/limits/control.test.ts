import { application, apply, input, type Result, type Value } from "../../expression.ts";
import { integer, number } from "../../literals.ts";
import { all, choice, computed, image, outer, tell } from "../story.fake.ts";
import { controlLimits } from "./control.ts";

const flat = apply("Flatten", [outer(image)]);
const smaller = apply("MaxPool", [outer(image)], { kernel_shape: [2, 2] });

/** A loop that carries an image, and collects one at each turn. */
function loop(turns: Value, carried: (x: Value) => Value): readonly (Result | undefined)[] {
  const [turn, goesOn] = [input("turn", "int64", []), input("goes_on", "bool", [])];
  const x = input("x", "float32", ["N", 8, 14, 14]);
  const outputs = [
    { name: "goes_on_still", value: apply("Identity", [goesOn]) },
    { name: "x_after", value: carried(x) },
    { name: "collected", value: apply("Neg", [x]) },
  ];
  const graph = { name: "body", inputs: [turn, goesOn, x], outputs };
  return application({
    opType: "Loop",
    inputs: [turns, number("bool", 1), image],
    bodies: [{ attribute: "body", graph }],
    outputs: 2,
  }).results;
}

const same = (x: Value): Value => apply("Relu", [x]);

tell(
  [
    { name: "branches of one shape are taken", made: choice([outer(image)], [apply("Neg", [outer(image)])]) },
    { name: "three turns are taken", made: loop(integer(3), same) },
    {
      name: "branches of other ranks",
      made: choice([outer(image)], [flat]),
      says: all(/\[N, 8, 14, 14\] and \[N, 1568\], which differ in rank; .*Unsqueeze/),
    },
    {
      name: "branches of other sizes, which 10.16 takes",
      made: choice([outer(image)], [smaller]),
      says: { "10.3": /\[N, 8, 14, 14\] and \[N, 8, 13, 13\], which do not broadcast; .*Where/ },
    },
    {
      name: "outputs collected over a number of turns that varies",
      made: loop(apply("Squeeze", [computed(7, 1)]), same),
      says: all(/collects outputs over a number of turns that varies/),
    },
    {
      name: "a shape that grows from turn to turn",
      made: loop(integer(3), (x) => apply("Flatten", [x])),
      says: all(/carries is \[N, 8, 14, 14\] before and \[N, 1568\] after a turn/),
    },
  ],
  controlLimits,
);
