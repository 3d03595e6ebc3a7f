#!/bin/sh
# Ours.
echo run
