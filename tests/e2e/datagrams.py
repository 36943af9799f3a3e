#!/usr/bin/python3
"""datagrams.py notify SOCKET FILE: takes what is sent to a socket, as systemd does for a service, and appends each line to
a file.

datagrams.py journal FILE COMMAND...: runs a command whose standard error is the journal, and writes what that gets, an entry a
line, as JSON. Makes the journal's sockets below /run/systemd, so that it is to be run in a mount namespace of its own.
"""
import json, os, socket, subprocess, sys


def listen(path, kind):
    own = socket.socket(socket.AF_UNIX, kind)
    own.bind(path)
    return own


def notify(path, out):
    own = listen(path, socket.SOCK_DGRAM)
    while True:
        with open(out, "ab") as file:
            file.write(own.recv(65536) + b"\n")


def read_entry(data):
    """The journal's native protocol: NAME=VALUE, or NAME, eight bytes of length, and the value."""
    entry = {}
    while data:
        line, data = data.split(b"\n", 1)
        if b"=" in line:
            name, value = line.split(b"=", 1)
        else:
            name, length = line, int.from_bytes(data[:8], "little")
            value, data = data[8:8 + length], data[9 + length:]
        entry[name.decode()] = value.decode()
    return entry


def journal(out, command):
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run"], check=True)
    os.makedirs("/run/systemd/journal")
    entries = listen("/run/systemd/journal/socket", socket.SOCK_DGRAM)
    stream = listen("/run/systemd/journal/stdout", socket.SOCK_STREAM)
    stream.listen()
    errors = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    errors.connect("/run/systemd/journal/stdout")
    theirs, _ = stream.accept()
    code = subprocess.run(command, stderr=errors).returncode
    errors.close()
    entries.setblocking(False)
    with open(out, "w") as file:
        try:
            while True:
                print(json.dumps(read_entry(entries.recv(65536))), file=file)
        except BlockingIOError:
            pass
        text = theirs.makefile().read()
        if text:
            print(json.dumps({"printed": text}), file=file)
    return code


if sys.argv[1] == "notify":
    notify(*sys.argv[2:])
else:
    sys.exit(journal(sys.argv[2], sys.argv[3:]))
