import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { decodeModel } from "../../../runtime/graph/codec/decode.ts";
import { encodeModel } from "../../../runtime/graph/codec/encode.ts";
import { readModel } from "../../../runtime/graph/read.ts";
import { writeModel } from "../../../runtime/graph/write.ts";
import type { Context } from "../context.ts";
import type { Row } from "../row.ts";

const Verdict = z.object({ codec: z.string(), graph: z.string(), outputs: z.string() });

const topic = "round-trip";

/**
 * Every model at hand, read and written by the codec alone and as a graph, beside the file that it was, in the eyes of
 * Python's onnx and of ONNX Runtime. A graph is to hold what the outputs need, and nothing else that the file had.
 */
export async function* rows(context: Context): AsyncGenerator<Row> {
  const exported = context.models.map(({ backbone, form, opset, path }) => ({
    name: `${backbone}, ${form}, opset ${opset}`,
    path,
  }));
  for (const { name, path } of [...exported, ...context.faceModels, ...context.detectors]) {
    context.progress(name);
    const { codec, graph, outputs } = await compare(path, context);
    yield row(`${name}, message by message`, codec);
    yield row(`${name}, what its graph needs`, graph);
    yield row(`${name}, outputs to the last bit`, outputs);
  }
}

async function compare(original: string, { scratch, python }: Context): Promise<z.infer<typeof Verdict>> {
  const proto = decodeModel(await readFile(original));
  const [codec, graph] = [join(scratch, "codec.onnx"), join(scratch, "graph.onnx")];
  await writeFile(codec, encodeModel(proto));
  await writeFile(graph, encodeModel(writeModel(readModel(proto))));
  const script = join(import.meta.dirname, "round-trip", "compare.py");
  return Verdict.parse(await python(script, { original, codec, graph }));
}

const row = (name: string, ours: string): Row => ({
  topic,
  name,
  ours,
  theirs: "equal",
  bound: "equal",
  ok: ours === "equal",
});
