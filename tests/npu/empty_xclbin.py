"""Writes an xclbin with one kernel and nothing for the array: enough for XRT to tell the kernel's name and arguments.

    empty_xclbin.py FILE KERNEL BUFFERS

The layout is that of XRT's detail/xclbin.h: a header, a table of sections, the sections.
"""

import struct
import sys

EMBEDDED_METADATA, IP_LAYOUT = 2, 8
PS_KERNEL = 7  # a kernel without registers, as those of NPUs are
HEADER_BYTES, SECTION_BYTES = 456, 40


def argument(number: int, name: str, is_buffer: bool, offset: int) -> str:
    return (f'<arg name="{name}" addressQualifier="{int(is_buffer)}" id="{number}" port="M" size="0x8" offset="{offset:#x}" '
            f'hostOffset="0x0" hostSize="0x8" type="x"/>')


def metadata(kernel: str, buffers: int) -> bytes:
    names = [("opcode", False), ("instructions", True), ("words", False)] + [(f"bo{i}", True) for i in range(buffers)]
    arguments = "".join(argument(i, name, is_buffer, 8 * i) for i, (name, is_buffer) in enumerate(names))
    return (f'<?xml version="1.0"?><project name="empty"><platform><device name="npu"><core name="core" target="hw" '
            f'type="clc_region"><kernel name="{kernel}" language="c" type="dpu">{arguments}<instance name="{kernel}_0"/>'
            f'</kernel></core></device></platform></project>').encode()


def layout(kernel: str) -> bytes:
    return struct.pack("<i4xIIQ64s", 1, PS_KERNEL, 0, 0xFFFFFFFFFFFFFFFF, f"{kernel}:{kernel}_0".encode())


def xclbin(kernel: str, buffers: int) -> bytes:
    sections = [(EMBEDDED_METADATA, metadata(kernel, buffers)), (IP_LAYOUT, layout(kernel))]
    table, contents = b"", b""
    for kind, data in sections:
        offset = HEADER_BYTES + SECTION_BYTES * len(sections) + len(contents)
        table += struct.pack("<I16s4xQQ", kind, b"", offset, len(data))
        contents += data + bytes(-len(data) % 8)
    length = HEADER_BYTES + len(table) + len(contents)
    uuid = bytes(range(16))
    head = struct.pack("<8si28s256sQ", b"xclbin2", -1, b"\xff" * 28, b"", 1)
    head += struct.pack("<QQQHBBHH16s64s16s16sI4x", length, 0, 0, 0, 2, 1, 0, 0, b"", b"", uuid, b"", len(sections))
    assert len(head) == HEADER_BYTES
    return head + table + contents


if __name__ == "__main__":
    path, name, count = sys.argv[1:]
    with open(path, "wb") as file:
        file.write(xclbin(name, int(count)))
