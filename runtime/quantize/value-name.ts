import { nodeName } from "../graph/attributes.ts";
import type { Value } from "../graph/expression.ts";

/** What messages and reports call a value: the name that the model gave it, or one made of what makes it. */
export function valueName(value: Value): string {
  switch (value.kind) {
    case "Input":
      return value.name;
    case "Constant":
      return value.tensor.name === undefined || value.tensor.name === "" ? "constant" : value.tensor.name;
    case "Outer":
      return valueName(value.value);
    case "Result": {
      const { application, index } = value;
      const given = application.names[index];
      if (given !== undefined && given !== "") return given;
      return index === 0 ? nodeName(application) : `${nodeName(application)}:${index}`;
    }
  }
}
