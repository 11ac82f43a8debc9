# syntax=docker/dockerfile:1
# One image for the operator, the runtime and build Jobs, on any x86-64 or arm64 node with a CPU.
#
#   docker build --build-arg BASE=node:24-bookworm-slim -t facefleet .
#   docker buildx build --platform linux/amd64,linux/arm64 -t registry.example.com/facefleet --push .
#
# `node hack/image/main.ts` carries it out in a folder, without containers, and runs what comes of it.
#
# BASE must hold Node >= 24 and glibc. On Orin it is one with TensorRT, and onnxruntime-node is built from source there
# (docs/roadmap.md).
ARG BASE=docker.io/library/node:24-bookworm-slim

FROM ${BASE} AS packages
WORKDIR /app
# The CPU build ships in the package; its install script would only fetch CUDA libraries.
ENV ONNXRUNTIME_NODE_INSTALL=skip
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
  && cd node_modules/onnxruntime-node/bin/napi-v* \
  && arch="$(node -p process.arch)" \
  && find . -mindepth 1 -maxdepth 1 ! -name linux -exec rm -rf {} + \
  && find linux -mindepth 1 -maxdepth 1 ! -name "$arch" -exec rm -rf {} +

FROM ${BASE}
WORKDIR /app
ENV NODE_ENV=production
COPY --from=packages /app/node_modules ./node_modules
COPY package.json ./
COPY crds ./crds
COPY evidence ./evidence
COPY operator ./operator
COPY runtime ./runtime
USER 65532:65532
ENTRYPOINT ["node"]
CMD ["operator/main.ts"]
