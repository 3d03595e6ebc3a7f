#!/bin/sh
# Ours.
echo pump
