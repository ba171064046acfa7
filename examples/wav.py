"""A WAV file, described whole: RIFF chunks, each padded to an even number of bytes, around an array of samples.

    python wav.py [FILE]

Without a file it makes one: two seconds of a fifth, one tone in each ear. It prints the chunks, fades the sound out in
place, adds a comment, writes the file back, and lets Python's own `wave` read it.
"""

import math
import os
import sys
import tempfile
import wave

from chunkarray import U2, U4, Const, Enum, Record, Sized, Switch, hexdump


class Format(Record):
    coding = Enum("U2", PCM=1, FLOAT=3, EXTENSIBLE=0xFFFE)
    channels: U2
    rate: U4  # frames a second
    bytes_a_second: U4
    frame_size: U2
    bits: U2


class Entry(Record):
    kind: "TEXT[4]"
    size: U4
    text: "TEXT[size]"
    _: "pad[size % 2]"


class Comments(Record):
    form: "TEXT[4]"
    entries: "Entry[...]"


class Chunk(Record):
    kind: "TEXT[4]"
    size: U4
    data = Switch("kind", {"fmt ": Format, "data": "S2[...]", "LIST": Comments}, default="B1[...]", size="size")
    _: "pad[size % 2]"


class Wave(Record):
    form = Const("TEXT[4]", "WAVE")
    chunks: "Chunk[...]"


class Riff(Record):
    magic = Const("TEXT[4]", "RIFF")
    size: U4
    body = Sized(Wave, "size")


def made_up(seconds=2.0, rate=8000):
    """A440 in the left ear, E659 in the right one."""
    format = Format("PCM", 2, rate, 4 * rate, 4, 16)
    steps = [2 * math.pi * tone / rate for tone in (440, 659.25)]
    samples = [round(20000 * math.sin(k * step)) for k in range(int(seconds * rate)) for step in steps]
    return Riff(
        body=Wave(chunks=[Chunk(data=format), Chunk(kind="data", data=samples), Chunk(kind="odd ", data=b"123")])
    )


def chunk(riff, kind):
    """The first chunk of a kind."""
    return next(chunk for chunk in riff.body.chunks if chunk.kind == kind)


def shown(samples, channels, columns=64):
    """How loud each channel is over time, in characters."""
    step = max(len(samples) // (channels * columns), 1) * channels
    for channel in range(channels):
        peaks = [
            max(map(abs, samples[at + channel : at + step : channels]), default=0)
            for at in range(0, len(samples), step)
        ]
        print("  channel %d |%s|" % (channel, "".join(" .:-=+*#%@"[peak * 9 // 32768] for peak in peaks[:columns])))


def main(path=None):
    raw = bytes(made_up())
    if path is not None:
        with open(path, "rb") as file:
            raw = file.read()
    riff = Riff.parse(raw)
    print("%d bytes, of which %d belong to no field" % (len(raw), len(raw) - len(bytes(riff))))
    for each in riff.body.chunks:
        print("  %r %7d bytes  %s" % (each.kind, each.size, repr(each.data)[:80]))
    format, sound = chunk(riff, "fmt ").data, chunk(riff, "data")
    shown(sound.data, format.channels)

    samples = sound.data  # a ChunkArray: changes go into the message
    for at in range(len(samples)):
        samples[at] = samples[at] * (len(samples) - at) // len(samples)
    comment = Comments("INFO", [Entry(kind="ICMT", text="faded")])
    riff.body.chunks.append(Chunk(data=comment))
    copy = os.path.join(tempfile.mkdtemp(), "faded.wav")
    with open(copy, "wb") as file:
        file.write(riff.pack())
    print("faded, and with a comment: %d bytes" % os.path.getsize(copy))
    shown(samples, format.channels)
    with wave.open(copy) as other:
        print("Python's wave reads %d frames of %d channels" % (other.getnframes(), other.getnchannels()))
        assert other.readframes(10**9) == samples.tobytes()
    os.remove(copy)

    try:
        Riff.parse(raw[: len(raw) // 2])
    except ValueError as error:
        print("half of it:", error)
    hexdump(raw[:80], Riff)


if __name__ == "__main__":
    main(*sys.argv[1:2])
