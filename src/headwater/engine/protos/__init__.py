"""Generated stubs of the Remote Execution API; `generate.sh` makes them from the .proto files."""
