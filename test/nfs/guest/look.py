#!/usr/bin/env python3
"""Fills an NFS client's caches with what is on a volume, over and over until killed: names that are there, names that
are not there yet, attributes and contents."""
import os, sys

root = sys.argv[1]
while True:
    for directory, _, names in os.walk(root):
        for name in names:
            try:
                with open(os.path.join(directory, name), "rb") as file:
                    file.read()
            except OSError:
                pass
    # The names that workload.py will use.
    for n in range(5, 1000, 5):
        os.path.exists(f"{root}/uploads/{n // 100 % 10}/{n}-A.bin")
