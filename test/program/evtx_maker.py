"""Windows event log files (EVTX) that hold whatever a test wants, whole or broken.

    file = EventLog().chunk([event(4624, 1, {"TargetUserName": "ada"})]).bytes()
"""
import datetime
import struct
import zlib

HEADER_BYTES, CHUNK_BYTES, CHUNK_HEAD_BYTES = 4096, 65536, 512
AUDITING = "Microsoft-Windows-Security-Auditing"
BEGIN = datetime.datetime(2026, 3, 1, 10, 0, tzinfo=datetime.timezone.utc)
NAMESPACE = "http://schemas.microsoft.com/win/2004/08/events/event"
IS_DIRTY = 1  # a log that was copied while Windows wrote it


def filetime(moment):
    return int((moment - datetime.datetime(1601, 1, 1, tzinfo=datetime.timezone.utc)).total_seconds()) * 10_000_000


class Element:
    def __init__(self, name, attributes=None, content=()):
        self.name, self.attributes = name, attributes or {}
        self.content = [content] if isinstance(content, (str, Element)) else list(content)


def event(event_id, number, data, provider=AUDITING, channel="Security", computer="WS1.example.org", user_data=False):
    """(number, moment, the tree of its XML)."""
    moment = BEGIN + datetime.timedelta(seconds=number)
    values = ([Element(name, content=value) for name, value in data.items()] if user_data else
              [Element("Data", {"Name": name}, value) for name, value in data.items()])
    system = Element("System", content=[
        Element("Provider", {"Name": provider}), Element("EventID", content=str(event_id)),
        Element("Level", content="0"), Element("TimeCreated", {"SystemTime": moment.strftime("%Y-%m-%dT%H:%M:%S.0Z")}),
        Element("EventRecordID", content=str(number)), Element("Channel", content=channel),
        Element("Computer", content=computer)])
    body = (Element("UserData", content=Element("EventXML", {"xmlns": "Event_NS"}, values)) if user_data else
            Element("EventData", content=values))
    return number, moment, Element("Event", {"xmlns": NAMESPACE}, [system, body])


class BinaryXml:
    """An element as Windows writes it; every name stands where it is used. `at`: its place in the chunk."""

    def __init__(self, at):
        self.at, self.out = at, bytearray()

    def name(self, name):
        units = name.encode("utf-16-le")
        self.out += struct.pack("<I", self.at + len(self.out) + 4)
        self.out += struct.pack("<IHH", 0, 0, len(units) // 2) + units + b"\0\0"

    def text(self, text):
        units = text.encode("utf-16-le", "surrogatepass")
        self.out += struct.pack("<BBH", 5, 1, len(units) // 2) + units

    def element(self, element):
        self.out += struct.pack("<BHI", 0x41 if element.attributes else 0x01, 0xFFFF, 0)
        size_at = len(self.out) - 4
        self.name(element.name)
        if element.attributes:
            attributes_at = len(self.out)
            self.out += bytes(4)
            for left, (name, value) in zip(range(len(element.attributes) - 1, -1, -1), element.attributes.items()):
                self.out.append(0x46 if left else 0x06)
                self.name(name)
                self.text(value)
            struct.pack_into("<I", self.out, attributes_at, len(self.out) - attributes_at - 4)
        self.out.append(2)
        for each in element.content:
            self.element(each) if isinstance(each, Element) else self.text(each)
        self.out.append(4)
        struct.pack_into("<I", self.out, size_at, len(self.out) - size_at - 4)

    def document(self, element):
        """A template that nothing is filled into, and its use, as every record of Windows is."""
        self.out += struct.pack("<4sBBII", b"\x0f\x01\x01\0", 0x0C, 1, 0, self.at + len(self.out) + 14)
        self.out += struct.pack("<I16sI", 0, b"", 0)
        begin = len(self.out)
        self.out += b"\x0f\x01\x01\0"
        self.element(element)
        self.out.append(0)
        struct.pack_into("<I", self.out, begin - 4, len(self.out) - begin)
        self.out += struct.pack("<IB", 0, 0)  # no value, and the end
        return bytes(self.out)


class EventLog:
    def __init__(self, flags=0):
        self.flags, self.chunks, self.numbers = flags, [], [0]

    def chunk(self, events=()):
        records, last = bytearray(), CHUNK_HEAD_BYTES
        for number, moment, tree in events:
            last = CHUNK_HEAD_BYTES + len(records)
            binary = BinaryXml(last + 24).document(tree)
            size = 24 + len(binary) + 4
            padding = -size % 8
            records += struct.pack("<4sIQQ", b"**\0\0", size + padding, number, filetime(moment))
            records += binary + bytes(padding) + struct.pack("<I", size + padding)
            self.numbers.append(number)
        assert CHUNK_HEAD_BYTES + len(records) <= CHUNK_BYTES, "too much for one chunk"
        first_number, last_number = (events[0][0], events[-1][0]) if events else (0xFFFFFFFFFFFFFFFF,) * 2
        head = bytearray(CHUNK_HEAD_BYTES)
        struct.pack_into("<8sQQQQIIII", head, 0, b"ElfChnk\0", first_number, last_number, first_number, last_number, 128,
                         last, CHUNK_HEAD_BYTES + len(records), zlib.crc32(bytes(records)))
        struct.pack_into("<I", head, 124, zlib.crc32(bytes(head[:120]) + bytes(head[128:512])))
        self.chunks.append(bytes(head) + bytes(records) + bytes(CHUNK_BYTES - CHUNK_HEAD_BYTES - len(records)))
        return self

    def unused_chunk(self):
        """Room that Windows has taken ahead."""
        self.chunks.append(bytes(CHUNK_BYTES))
        return self

    def bytes(self, told_chunks=None):
        """`told_chunks`: how many the header says, where that is not the truth."""
        told = len(self.chunks) if told_chunks is None else told_chunks
        head = bytearray(HEADER_BYTES)
        struct.pack_into("<8sQQQIHHHH", head, 0, b"ElfFile\0", 0, max(told - 1, 0), max(self.numbers) + 1, 128, 1, 3,
                         HEADER_BYTES, told)
        struct.pack_into("<II", head, 120, self.flags, zlib.crc32(bytes(head[:120])))
        return bytes(head) + b"".join(self.chunks)
