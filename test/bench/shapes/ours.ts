/** The memory that inferring the types of a model takes beyond the model: its path on standard input, bytes on the output. */
import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { decodeModel } from "../../../runtime/graph/codec/decode.ts";
import { readModel } from "../../../runtime/graph/read.ts";
import { inferTypes } from "../../../runtime/graph/shapes/infer.ts";
import { undeclared } from "../../../runtime/graph/shapes/oracle/undeclared.ts";
import { peakMemory } from "../report/peak.ts";

const model = undeclared(readModel(decodeModel(await readFile(await text(process.stdin)))));
const before = peakMemory();
inferTypes(model);
console.log(peakMemory() - before);
