import { mkdtemp, readFile } from "node:fs/promises";
import { join } from "node:path";
import { decodeModel } from "../../../runtime/graph/codec/decode.ts";
import type { Model } from "../../../runtime/graph/graph.ts";
import { readModel } from "../../../runtime/graph/read.ts";
import { inferTypes, type Types } from "../../../runtime/graph/shapes/infer.ts";
import { actualTypes, isMade } from "../../../runtime/graph/shapes/oracle/actual.ts";
import { oracleInput } from "../../../runtime/graph/shapes/oracle/case.ts";
import { cases } from "../../../runtime/graph/shapes/oracle/cases.ts";
import { described, readExpected, saysAll, type Expected } from "../../../runtime/graph/shapes/oracle/expected.ts";
import { givingAll } from "../../../runtime/graph/shapes/oracle/every-value.ts";
import { undeclared } from "../../../runtime/graph/shapes/oracle/undeclared.ts";
import { applicationsOf } from "../../../runtime/graph/topology.ts";
import type { Context } from "../context.ts";
import type { Row } from "../row.ts";

const topic = "shapes";
const oracle = join(import.meta.dirname, "../../../runtime/graph/shapes/oracle");

/**
 * Every value of every model is known at least as well as onnx.shape_inference (data_prop, strict) knows it, without
 * what the model declares of values in between; and the committed answers on single operators are those of today.
 */
export async function* rows(context: Context): AsyncGenerator<Row> {
  yield await operators(context);
  const named = new Map([
    ...context.models.map(({ backbone, form, opset, path }) => [path, `${backbone}, ${form}, opset ${opset}`] as const),
    ...[...context.faceModels, ...context.detectors].map(({ name, path }) => [path, name] as const),
    ...(await quantized(context)),
  ]);
  for (const [path, name] of named) {
    const model = readModel(decodeModel(await readFile(path)));
    yield await compare(context, model, { path, name });
    yield await run(model, name);
  }
}

async function operators(context: Context): Promise<Row> {
  const answer = (await context.python(join(oracle, "operators.py"), oracleInput(cases))) as {
    cases: Record<string, Expected>;
  };
  const committed = readExpected();
  const changed = cases.filter(({ name }) => JSON.stringify(answer.cases[name]) !== JSON.stringify(committed[name]));
  return {
    ...{ topic, name: `single operators, ${cases.length} cases`, ours: cases.length - changed.length },
    ...{ theirs: cases.length, bound: "committed answers are those of today", ok: changed.length === 0 },
  };
}

/** ResNet-18 and a small ViT as Python quantizes them: operators on integers, and pairs of Quantize and Dequantize. */
async function quantized(context: Context): Promise<readonly (readonly [string, string])[]> {
  const found: (readonly [string, string])[] = [];
  for (const backbone of ["resnet18", "vit"] as const) {
    const { path: model } = context.models.find((each) => each.backbone === backbone && each.form === "folded")!;
    const folder = await mkdtemp(join(context.scratch, backbone));
    const paths = (await context.python(join(import.meta.dirname, "shapes", "quantized.py"), {
      model,
      folder,
    })) as Record<string, string>;
    for (const [form, path] of Object.entries(paths)) found.push([path, `${backbone}, quantized as ${form}`]);
  }
  return found;
}

interface File {
  readonly path: string;
  readonly name: string;
}

async function compare(context: Context, declared: Model, { path, name }: File): Promise<Row> {
  const answers = (await context.python(join(oracle, "models.py"), { models: [path] })) as Record<
    string,
    Record<string, string | null>
  >;
  const theirs = answers[path]!;
  const model = undeclared(declared);
  const ours = typesByName(model, inferTypes(model));
  const wrong = Object.entries(theirs).filter(([value, known]) => ours.has(value) && !saysAll(ours.get(value), known));
  const [first] = wrong.map(([value, known]) => `${value} is ${described(ours.get(value))} and not ${known}`);
  return {
    topic,
    name: `${name}: values known to the last size`,
    ours: first ?? complete([...ours.values()].map(described)),
    theirs: complete(Object.values(theirs)),
    bound: "all that is theirs",
    ok: wrong.length === 0 && ours.size > 0,
  };
}

/** Every value as ONNX Runtime makes it of a batch of two. */
async function run(declared: Model, name: string): Promise<Row> {
  const { model, values } = givingAll(undeclared(declared));
  const sizes = { N: 2, H: 64, W: 96 };
  const types = inferTypes(model);
  const made = await actualTypes(model, sizes);
  const right = values.filter((value, place) => isMade(types.of(value), made[place]!, sizes));
  return {
    ...{ topic, name: `${name}: values as ONNX Runtime makes them`, ours: right.length, theirs: values.length },
    ...{ bound: "equal", ok: right.length === values.length },
  };
}

const complete = (known: readonly (string | null)[]): string =>
  `${known.filter((text) => text?.endsWith("]") && !/\?|unk__/.test(text)).length} of ${known.length}`;

/** Types by the names that the model gives its values. */
function typesByName({ graph }: Model, types: Types): ReadonlyMap<string, ReturnType<Types["of"]>> {
  const found = new Map<string, ReturnType<Types["of"]>>();
  for (const { results, names } of applicationsOf(graph))
    for (const [index, result] of results.entries()) if (result) found.set(names[index]!, types.of(result));
  return found;
}
