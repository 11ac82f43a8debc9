import { expect, test } from "@jest/globals";
import { findImage, repositoryOf } from "./image.ts";

test.each([
  ["shell", "shell"],
  ["shell:v1", "shell"],
  ["ghcr.io/facefleet/runtime:v1@sha256:abc", "ghcr.io/facefleet/runtime"],
  ["localhost:5000/runtime", "localhost:5000/runtime"],
  ["localhost:5000/runtime:v1", "localhost:5000/runtime"],
])("the repository of %s is %s", (reference, repository) => {
  expect(repositoryOf(reference)).toBe(repository);
});

const image = (name: string) => ({ entrypoint: [name], workingDirectory: "/" });
const images = { "runtime:v1": image("one"), "runtime:v2": image("two"), shell: image("sh") };

test.each([
  ["the very reference", "runtime:v2", "runtime:v2"],
  ["another tag of the repository, if there is no such tag", "runtime:v3", "runtime:v1"],
  ["any tag of an image that has none", "shell:latest", "shell"],
  ["nothing of another repository", "runtimes:v1", undefined],
])("a reference finds %s", (_, reference, name) => {
  expect(findImage(images, reference)?.name).toBe(name);
});
