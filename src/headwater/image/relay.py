"""Joins standard input and output to a Unix socket: the way of ssh (ProxyCommand) to a guest, whose ports are such sockets.

A script by itself, started by path with the socket's path.
"""

import os
import socket
import sys
import threading

PIECE = 65536  # bytes


def main() -> None:
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(sys.argv[1])
        threading.Thread(target=send, args=(line,), daemon=True).start()
        while data := line.recv(PIECE):
            os.write(1, data)


def send(line: socket.socket) -> None:
    while data := os.read(0, PIECE):
        line.sendall(data)
    line.shutdown(socket.SHUT_WR)


if __name__ == "__main__":
    main()
