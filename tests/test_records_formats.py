"""Real formats, whole: the programs in examples/ that describe PNG, WAV, pcap and ELF files, each run alone."""

import io
import struct
import wave
import zlib

from example_programs import load, needs_examples, run

pytestmark = needs_examples


class TestPng:
    def test_alone(self, tmp_path):
        lines = run("png")
        assert lines[0].endswith("bytes, of which 0 belong to no field")
        assert [line.split()[0] for line in lines[1:7]] == ["IHDR", "pHYs", "tIME", "tEXt", "IDAT", "IEND"]
        assert any(line.startswith("written back: 'Sunset over the sea', now 25 bytes") for line in lines)
        assert any("one bit of it damaged: Png.chunks[0].crc is 0x" in line for line in lines)
        path = tmp_path / "plain.png"
        path.write_bytes(self.written())
        assert any(line.startswith("written back: 'a picture'") for line in run("png", path))

    def written(self):
        """A PNG as other programs write it: 2 by 2 pixels of grey."""

        def chunk(kind, data):
            return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

        header = struct.pack(">IIBBBBB", 2, 2, 8, 0, 0, 0, 0)
        data = zlib.compress(b"\0\1\2\0\3\4")
        return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")

    def test_a_file_of_others(self):
        png = load("png")
        raw = self.written()
        picture = png.Png.parse(raw)
        assert picture.pack() == raw
        header = picture.chunks[0].data
        assert (header.width, header.height, header.colour.name) == (2, 2, "GREY")
        header.width = 3
        assert png.Png.parse(bytes(picture)).chunks[0].data.width == 3

    def test_every_byte_has_a_field(self):
        from chunkarray._records.regions import regions

        png = load("png")
        raw = bytes(png.made_up())
        at = 0
        for region in leaves(regions(png.Png.__layout__, raw)):
            assert region.offset == at
            at += region.size
        assert at == len(raw)


def leaves(region):
    if not len(region.children):
        return [region]
    return [leaf for child in region.children for leaf in leaves(child)]


class TestWav:
    def test_alone(self):
        lines = run("wav")
        assert lines[0] == "64056 bytes, of which 0 belong to no field"
        assert any(line.startswith("Python's wave reads 16000 frames of 2 channels") for line in lines)
        assert any(line.startswith("half of it: Riff.body is cut off at offset 8") for line in lines)

    def test_a_file_of_others(self):
        wav = load("wav")
        file = io.BytesIO()
        with wave.open(file, "wb") as other:
            other.setparams((1, 2, 8000, 0, "NONE", ""))
            other.writeframes(struct.pack("<3h", 1, -2, 3))
        riff = wav.Riff.parse(file.getvalue())
        assert riff.pack() == file.getvalue()
        assert wav.chunk(riff, "data").data.tolist() == [1, -2, 3]
        riff.body.chunks.append(wav.Chunk(kind="odd ", data=b"x"))
        assert len(riff.pack()) == len(file.getvalue()) + 10
        assert wav.Riff.parse(riff.pack()).body.chunks[-1].data == b"x"


class TestPcap:
    def test_alone(self):
        lines = run("pcap")
        assert lines[0] == "ETHERNET: 5 packets, 397 of 397 bytes"
        assert sum("header ok" in line for line in lines) == 6
        assert "the packets begin at [24, 103, 165, 239, 327]" in lines
        assert any(line.startswith("20000 packets found") for line in lines)
        assert "seven bytes too few: Packet.frame is cut off at offset 319: it needs 54 bytes, there are 47" in lines

    def test_a_file_of_others(self, tmp_path):
        """An ARP packet, and an IPv4 one in a frame that is filled up."""
        frames = [
            bytes(12) + b"\x08\x06" + bytes(28),
            bytes(12) + b"\x08\0E\0\0\x1c" + bytes(4) + b"\x40\x11\0\0" + bytes(8) + b"\0\1\0\2\0\x08\0\0" + bytes(18),
        ]
        data = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
        for frame in frames:
            data += struct.pack("<IIII", 1, 2, len(frame), len(frame)) + frame
        pcap = load("pcap")
        packets = pcap.Packet.parse_all(data[24:])
        assert packets[0].frame.kind.name == "ARP" and packets[0].frame.body == bytes(28)
        routed = packets[1].frame.body
        assert (routed.ip.body.source, routed.ip.body.target, routed.trailer) == (1, 2, bytes(18))
        assert b"".join(map(bytes, packets)) == data[24:]


class TestElf:
    def test_alone(self):
        lines = run("elf")
        assert " for X86_64, entry 0x" in lines[0] or "AARCH64" in lines[0]
        assert any(".text" in line and "PROGBITS" in line for line in lines)
        assert any("only bytes [24] differ" in line or "only bytes [24, 25" in line for line in lines)

    def test_a_file_made_here(self, tmp_path):
        elf = load("elf")
        names = b"\0.names\0"
        header = elf.Header(
            ident_version=1, system="SYSV", kind="EXECUTABLE", machine="X86_64", version=1, entry=0x1000,
            segments_at=0, sections_at=72, flags=0, size=64, segment_size=0, segments=0, section_size=64,
            sections=2, names=1,
        )  # fmt: skip
        none = bytes(64)
        section = elf.Section(1, "STRTAB", "STRINGS|ALLOC", 0, 64, 8, 0, 0, 1, 0)
        path = tmp_path / "small"
        path.write_bytes(bytes(header) + names + none + bytes(section))
        header, sections, found = elf.read(path)
        assert header.machine.name == "X86_64" and found == ["", ".names"]
        assert [s.size for s in sections] == [0, 8]
        assert sections[1].flags == 34
