#!/usr/bin/env bash
# Regenerates packages/tfjs-onnx/src/proto/onnx_pb.ts from onnx.proto. The tools are fetched for this run only.
set -euo pipefail
cd "$(dirname "$0")/../packages/tfjs-onnx/src/proto"
npx --yes --package=@bufbuild/buf@1.75.0 --package=@bufbuild/protoc-gen-es@2.17.0 -- \
  buf generate --template '{"version":"v2","plugins":[{"local":"protoc-gen-es","out":".","opt":["target=ts"]}]}' .
