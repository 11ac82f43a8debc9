import { domainOf, operatorKey } from "../domain.ts";
import { GraphError, type Place } from "../graph-error.ts";
import { mainGraph } from "../main-graph.ts";
import type { FunctionProto, Message, ModelProto } from "../codec/types.ts";
import { checkUnique } from "./unique.ts";
import { validateAttribute } from "./attribute.ts";
import { validateGraph, validateNodes, type Operators } from "./graph.ts";

/** The versions of the file format that are read: 3 brought operator sets, 14 is the newest we know. */
const irVersions = { oldest: 3, newest: 14 } as const;

/**
 * Whether a model says what it means: versions, operator sets, the operators of known sets with their attributes and
 * the number of their inputs, attributes and constants that hold what their types say, declared types that exist. What
 * the names of values say (defined once, before they are read) is for readModel, which looks at each name anyway.
 * Takes time and memory in proportion to the model.
 * @throws {GraphError} for the first thing that is wrong, naming node and field.
 * @throws {ModelFormatError} if it has no graph.
 */
export function validateModel(proto: ModelProto): void {
  const { irVersion, functions, opsetImport } = proto;
  if (irVersion === undefined || irVersion < irVersions.oldest || irVersion > irVersions.newest)
    throw new GraphError(
      `IR version ${irVersion ?? "missing"}, and versions ${irVersions.oldest} to ${irVersions.newest} are read: ` +
        "convert the model with onnx.version_converter",
      { field: "ir_version" },
    );
  const calls = functionNames(functions);
  const operators = { opsets: opsetsOf(opsetImport, {}), calls, function: undefined };
  for (const definition of functions) validateFunction(definition, calls);
  validateGraph(mainGraph(proto), operators, {});
}

/** Version by domain. */
function opsetsOf(imports: readonly Message<"OperatorSetIdProto">[], place: Place): Map<string, number> {
  const opsets = new Map<string, number>();
  for (const [index, { domain, version }] of imports.entries()) {
    const at = { ...place, field: `opset_import[${index}]` };
    if (version === undefined || version < 1)
      throw new GraphError(`operator set ${JSON.stringify(domain ?? "")} has no version`, at);
    const name = domainOf(domain);
    // One of the two names of the default domain may come beside the other.
    if ((opsets.get(name) ?? version) !== version)
      throw new GraphError(`operator set ${JSON.stringify(name)} is imported in two versions`, at);
    opsets.set(name, version);
  }
  return opsets;
}

/** The names of functions by their domain. @throws {GraphError} if two have one name. */
function functionNames(functions: readonly FunctionProto[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const [index, { domain, name = "", overload = "" }] of functions.entries()) {
    const key = operatorKey(domain, name, overload);
    const place = { function: name, field: `functions[${index}]` };
    if (name === "") throw new GraphError("a function has no name", place);
    if (names.has(key)) throw new GraphError("two functions have one name, domain and overload", place);
    names.add(key);
  }
  return names;
}

function validateFunction(definition: FunctionProto, calls: ReadonlySet<string>): void {
  const { name = "", input, output, attribute, attributeProto, node, opsetImport } = definition;
  const place = { function: name };
  checkUnique(input, { ...place, field: "input" });
  checkUnique(output, { ...place, field: "output" });
  const attributes = [...attribute, ...attributeProto.map(({ name = "" }) => name)];
  checkUnique(attributes, { ...place, field: "attribute" });
  const operators: Operators = {
    opsets: opsetsOf(opsetImport, place),
    calls,
    function: { name, attributes: new Set(attributes) },
  };
  for (const [index, proto] of attributeProto.entries())
    validateAttribute(proto, operators, { ...place, field: `attribute_proto[${index}]` });
  validateNodes(node, operators, place);
}
