"""A pcap file, described down to the flags of TCP, and walked as a stream of packets.

    python pcap.py [FILE]

Without a file it makes one: a short conversation between two machines. It lists the packets, verifies the checksums of
the IPv4 headers, changes a port by name and writes the file back, and finds 20,000 packets without parsing them.
"""

import os
import sys
import tempfile
import time

from chunkarray import U2, U4, ChunkArray, Const, Enum, Flags, Record, Sized, Stream, Switch, field, hexdump


class FileHeader(Record):
    magic = Const("U4", 0xA1B2C3D4)
    major: U2
    minor: U2
    zone: "S4"
    accuracy: U4
    longest: U4
    link = Enum("U4", ETHERNET=1)


class Udp(Record):
    source: ">U2"
    target: ">U2"
    length: ">U2"
    checksum: ">U2"
    data: "B1[length - 8]"


class Tcp(Record):
    source: ">U2"
    target: ">U2"
    number: ">U4"
    answer: ">U4"
    words: ">U2:4"
    reserved: int = field(">U2:6", default=0)
    flags = Flags(">U2:6", URG=32, ACK=16, PSH=8, RST=4, SYN=2, FIN=1)
    window: ">U2"
    checksum: ">U2"
    urgent: ">U2"
    options: "B1[words * 4 - 20]"
    data: "B1[...]"


class Ip(Record):
    version: ">U1:4"
    words: ">U1:4"
    service: "U1"
    size: ">U2"
    number: ">U2"
    flags = Flags(">U2:3", WHOLE=2, MORE=1)
    offset: ">U2:13"
    hops: "U1"
    protocol = Enum("U1", ICMP=1, TCP=6, UDP=17)
    checksum: ">U2"
    source: "U1[4]"
    target: "U1[4]"
    options: "B1[words * 4 - 20]"
    body = Switch("protocol", {"TCP": Tcp, "UDP": Udp}, default="B1[...]", size="size - words * 4")


class Routed(Record):
    ip: Ip
    trailer: "B1[...]"  # what short frames are filled up with


class Ethernet(Record):
    target: "B1[6]"
    source: "B1[6]"
    kind = Enum(">U2", IPV4=0x0800, ARP=0x0806, IPV6=0x86DD)
    body = Switch("kind", {"IPV4": Routed}, default="B1[...]")


class Packet(Record):
    seconds: U4
    micros: U4
    size: U4
    original: U4
    frame = Sized(Ethernet, "size")


def ones(header):
    """The sum of the words of an IPv4 header as IP adds them: 0xFFFF where its checksum is right."""
    words = ChunkArray(">U2")
    words.frombytes(header)
    total = sum(words)
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def header_of(ip):
    return bytes(ip)[: 4 * ip.words]


def seal(ip):
    """Sets the checksum of an IPv4 header."""
    ip.checksum = 0
    ip.checksum = 0xFFFF - ones(header_of(ip))
    return ip


def packet(micros, protocol, source, target, body):
    ip = Ip(4, service=0, number=micros % 65536, flags="WHOLE", offset=0, hops=64, protocol=protocol, checksum=0,
            source=source, target=target, options=b"", body=body)  # fmt: skip
    frame = Ethernet(b"\2\0\0\0\0\1", b"\2\0\0\0\0\2", "IPV4", Routed(seal(ip), b""))
    return Packet(seconds=1_700_000_000, micros=micros, original=len(bytes(frame)), frame=frame)


def made_up():
    """A name is asked for, a connection is opened, and something is sent."""
    me, other = (10, 0, 0, 1), (10, 0, 0, 2)

    def tcp(flags, data=b"", options=b""):
        return Tcp(49152, 80, 1000, 0, flags=flags, window=65535, checksum=0, urgent=0, options=options, data=data)

    return [
        packet(10, "UDP", me, other, Udp(5353, 53, checksum=0, data=b"where is example.org?")),
        packet(350, "UDP", other, me, Udp(53, 5353, checksum=0, data=b"here")),
        packet(400, "TCP", me, other, tcp("SYN", options=b"\2\4\5\xb4")),
        packet(700, "TCP", me, other, tcp("ACK|PSH", b"GET / HTTP/1.0\r\n\r\n")),
        packet(999, "TCP", me, other, tcp("FIN|ACK")),
    ]


def line_of(packet):
    """One packet in one line."""
    frame = packet.frame
    if frame.kind != 0x0800:
        return "%s, %d bytes" % (frame.kind, packet.size)
    ip = frame.body.ip
    good = "ok" if ones(header_of(ip)) == 0xFFFF else "wrong"
    ends = "%s -> %s" % (".".join(map(str, ip.source)), ".".join(map(str, ip.target)))
    text = "%-22s header %s " % (ends, good)
    if ip.protocol in (6, 17):
        body = ip.body
        flags = "|" + body.flags.name if ip.protocol == 6 and body.flags.name else ""
        text += "%s%s %d -> %d %r" % (ip.protocol.name, flags, body.source, body.target, body.data[:24])
    return text


def main(path=None):
    folder = tempfile.mkdtemp()
    if path is None:
        path = os.path.join(folder, "made_up.pcap")
        with open(path, "wb") as file:
            file.write(bytes(FileHeader(2, 4, 0, 0, 65535, "ETHERNET")))
            Stream(Packet).write(file, made_up())
    with open(path, "rb") as file:
        header = FileHeader.parse(file.read(FileHeader.size))
        packets = list(Stream(Packet, file))
    total = FileHeader.size + sum(len(bytes(packet)) for packet in packets)
    print("%s: %d packets, %d of %d bytes" % (header.link.name, len(packets), total, os.path.getsize(path)))
    for each in packets[:20]:
        print("  %6d us %s" % (each.micros, line_of(each)))

    for each in packets:
        ip = each.frame.body.ip
        if ip.protocol == 6:
            ip.body.target = 8080
            ip.body.data = ip.body.data.replace(b"1.0", b"1.1")
            seal(ip)
    copy = os.path.join(folder, "changed.pcap")
    with open(copy, "wb") as file:
        file.write(bytes(header) + Stream(Packet).pack(packets))
    with open(copy, "rb") as file:
        file.seek(FileHeader.size)
        with Stream(Packet, file) as stream:
            print("written back; packet 3 of %d: %s" % (len(stream), line_of(stream[3])))
            print("the packets begin at", stream.index().tolist())

    with open(copy, "rb") as file:
        data = file.read()
    many = Stream(Packet, data[FileHeader.size :] * 4000)
    start = time.perf_counter()
    count = len(many)
    print("%d packets found, %.1f million a second" % (count, count / (time.perf_counter() - start) / 1e6))
    try:
        list(Stream(Packet, data[FileHeader.size : -7]))
    except ValueError as error:
        print("seven bytes too few:", error)
    hexdump(data[FileHeader.size :][: len(bytes(packets[0]))], Packet)


if __name__ == "__main__":
    main(*sys.argv[1:2])
