import { expect, test } from "@jest/globals";
import { decodeGreymap } from "./greymap.ts";

const greymap = (header: string, ...pixels: number[]): Uint8Array => Buffer.from([...Buffer.from(header), ...pixels]);

test.each([
  ["on one line", "P5 2 1 255\n"],
  ["on three lines", "P5\n2 1\n255\n"],
  ["with comments", "P5\n# by hand\n2 1\n# still\n255\n"],
])("a picture with its header %s becomes grey pixels", (_, header) => {
  const { width, height, data } = decodeGreymap(greymap(header, 7, 250));
  expect({ width, height }).toEqual({ width: 2, height: 1 });
  expect([...data]).toEqual([7, 7, 7, 250, 250, 250]);
});

test.each([
  ["no picture", greymap("GIF89a"), "it is no binary PGM of 8 bits"],
  ["one of 16 bits", greymap("P5 1 1 65535\n", 0, 0), "it is no binary PGM of 8 bits"],
  ["one cut short", greymap("P5 2 2 255\n", 1, 2, 3), "it ends after 3 of 2 by 2 pixels"],
  ["a huge one", greymap("P5 99999 99999 255\n"), "it has 99999 by 99999 pixels, more than 16777216"],
])("%s is refused", (_, bytes, problem) => {
  expect(() => decodeGreymap(bytes)).toThrow(problem);
});
