"""Just enough DER to build and take apart CMS objects by hand."""


def tlv(tag, *parts):
    body = b"".join(parts)
    if len(body) < 128:
        return bytes([tag, len(body)]) + body
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + body


def sequence(*parts):
    return tlv(0x30, *parts)


def set_of(*parts):
    return tlv(0x31, *sorted(parts))


def explicit(number, *parts):
    return tlv(0xA0 + number, *parts)


def oid(dotted):
    first, second, *rest = map(int, dotted.split("."))
    body = bytearray([40 * first + second])
    for number in rest:
        piece = [number & 0x7F]
        while number := number >> 7:
            piece.append(0x80 | number & 0x7F)
        body += bytes(reversed(piece))
    return tlv(0x06, bytes(body))


def integer(number):
    return tlv(0x02, bytes([number]))


def octets(data):
    return tlv(0x04, data)


def split(data):
    """(tag, header length, total length) of the first element."""
    size, head = data[1], 2
    if size & 0x80:
        head += size & 0x7F
        size = int.from_bytes(data[2:head], "big")
    return data[0], head, head + size


def children(data):
    """The elements within a constructed element."""
    _, at, end = split(data)
    found = []
    while at < end:
        total = split(data[at:])[2]
        found.append(data[at : at + total])
        at += total
    return found
