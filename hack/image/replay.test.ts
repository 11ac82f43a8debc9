import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { parseDockerfile } from "./dockerfile.ts";
import { replay } from "./replay.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "facefleet-replay-"));
  await mkdir(join(folder, "context/code"), { recursive: true });
  await writeFile(join(folder, "context/code/a.txt"), "a");
  await writeFile(join(folder, "context/list.txt"), "list");
});
afterEach(() => rm(folder, { recursive: true }));

const run = (dockerfile: string) =>
  replay(parseDockerfile(dockerfile), {
    context: join(folder, "context"),
    folder,
    onStep: () => undefined,
    signal: new AbortController().signal,
  });

test("the last stage holds what was copied into it, and knows how it is run", async () => {
  const image = await run(`
# a comment
ARG BASE=somewhere
FROM \${BASE} AS made
WORKDIR /app
ENV GREETING=hello
COPY list.txt ./
RUN echo "$GREETING" \\
  # within a step
  > made.txt

FROM \${BASE}
WORKDIR /app
COPY --from=made /app/made.txt ./
COPY code ./code
USER 65532:65532
ENTRYPOINT ["node"]
CMD ["main.ts"]
`);
  const { root, ...rest } = image;
  expect(rest).toEqual({ workdir: "/app", env: {}, user: "65532:65532", entrypoint: ["node"], command: ["main.ts"] });
  expect((await readdir(join(root, "app"), { recursive: true })).toSorted()).toEqual([
    "code",
    "code/a.txt",
    "made.txt",
  ]);
  expect(await readFile(join(root, "app/made.txt"), "utf8")).toBe("hello\n");
});

test.each([
  ["a step that fails", "FROM a\nRUN exit 3", /exit code 3/],
  ["a file that is not sent", "FROM a\nCOPY missing.txt ./", /missing\.txt/],
  ["a stage that there is not", "FROM a\nCOPY --from=b /x ./", /--from=b names no stage/],
  ["a step before the first stage", "RUN true", /comes before FROM/],
  ["no stage at all", "", /no FROM/],
  ["an instruction that is not replayed", "FROM a\nVOLUME /data", /VOLUME is not replayed/],
])("%s ends the replay", async (_, dockerfile, message) => {
  await expect((async () => run(dockerfile))()).rejects.toThrow(message);
});
