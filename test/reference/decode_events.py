"""Decodes a TensorBoard event file from the description of its format alone, and prints JSON, one event a line.

    /usr/bin/python3 test/reference/decode_events.py RUN/events.out.tfevents.0.rarevox

Checks both checksums of every record; exit status 1 with a message when one is wrong.
"""

import json
import struct
import sys


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def masked(crc):
    return (((crc >> 15) | (crc << 17) & 0xFFFFFFFF) + 0xA282EAD8) & 0xFFFFFFFF


def records(data):
    at = 0
    while at < len(data):
        length, check = struct.unpack_from("<QI", data, at)
        if check != masked(crc32c(data[at : at + 8])):
            sys.exit(f"wrong checksum of the length at byte {at}")
        body = data[at + 12 : at + 12 + length]
        (check,) = struct.unpack_from("<I", data, at + 12 + length)
        if check != masked(crc32c(body)):
            sys.exit(f"wrong checksum of the data at byte {at}")
        yield body
        at += 16 + length


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def fields(data):
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        number, wire = key >> 3, key & 7
        if wire == 0:
            value, at = varint(data, at)
        elif wire == 1:
            value, at = struct.unpack_from("<d", data, at)[0], at + 8
        elif wire == 2:
            size, at = varint(data, at)
            value, at = data[at : at + size], at + size
        elif wire == 5:
            value, at = struct.unpack_from("<f", data, at)[0], at + 4
        else:
            sys.exit(f"unknown wire type {wire}")
        yield number, value


def event(body):
    result = {"step": 0, "scalars": {}, "images": {}}
    for number, value in fields(body):
        if number == 1:
            result["wallTime"] = value
        elif number == 2:
            result["step"] = value
        elif number == 3:
            result["fileVersion"] = value.decode()
        elif number == 5:
            for _, entry in fields(value):
                parts = dict(fields(entry))
                tag = parts[1].decode()
                if 2 in parts:
                    result["scalars"][tag] = parts[2]
                if 4 in parts:
                    height, width, channels, png = (dict(fields(parts[4]))[n] for n in (1, 2, 3, 4))
                    result["images"][tag] = {"height": height, "width": width, "channels": channels, "bytes": len(png)}
    return result


with open(sys.argv[1], "rb") as file:
    for body in records(file.read()):
        print(json.dumps(event(body)))
