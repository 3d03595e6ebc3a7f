#!/bin/sh
# Makes the Python stubs beside the .proto files anew; run it after editing one: sh src/headwater/engine/protos/generate.sh
set -eu
cd "$(dirname "$0")/../../.."
"${PYTHON:-python3}" -m grpc_tools.protoc -I. --python_out=. --grpc_python_out=. headwater/engine/protos/*.proto
rm headwater/engine/protos/status_pb2_grpc.py # messages only, no service
