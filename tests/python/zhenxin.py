"""The protocol of docs/PROTOCOL.md: encoding, chains, sealing, histories, bundles, transport."""

import base64
import hashlib
import hmac
import http.client
import io
import os
import ssl
import time
import urllib.parse
import uuid
from dataclasses import dataclass, field

import cbor2
import nacl.bindings as sodium
import zstandard

ZERO = bytes(32)
LIMIT = 16_777_216


# 1. Encoding

def encode(value):
    return cbor2.dumps(value, canonical=True)


def decode(data):
    stream = io.BytesIO(data)
    value = cbor2.CBORDecoder(stream).decode()
    if stream.read(1):
        raise ValueError("bytes after the value")
    return value


def sm3(*parts):
    state = hashlib.new("sm3")
    for part in parts:
        state.update(part)
    return state.digest()


def be8(number):
    return number.to_bytes(8, "big")


def uuid8(digest):
    """The first 16 bytes, marked as a UUID of version 8."""
    marked = bytearray(digest[:16])
    marked[6] = marked[6] & 0x0F | 0x80
    marked[8] = marked[8] & 0x3F | 0x80
    return bytes(marked)


def uuid7():
    ms = time.time_ns() // 1_000_000
    raw = bytearray(ms.to_bytes(6, "big") + os.urandom(10))
    raw[6] = raw[6] & 0x0F | 0x70
    raw[8] = raw[8] & 0x3F | 0x80
    return bytes(raw)


def encrypt(key, nonce, plain, associated):
    return sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(plain, associated, nonce, key)


def decrypt(key, nonce, sealed, associated):
    return sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(sealed, associated, nonce, key)


def compress(data):
    return zstandard.ZstdCompressor().compress(data)


def decompress(data):
    return zstandard.ZstdDecompressor(max_window_size=1 << 23).decompress(data, max_output_size=LIMIT)


# 2. The op

def op_map(**of):
    """The map of an op; `body` is a value still to be encoded."""
    op = {
        0: of["id"], 1: of["device"], 2: of["epoch"], 3: of["seq"], 4: of["prev"], 5: of["scope"],
        6: of["kind"], 7: of.get("kind_version", 1), 8: of["body"], 9: of["hlc"], 10: of["recorded_at"],
        11: of["occurred_on"], 12: of["actor"], 13: "sm3",
    }
    if of.get("origin"):
        op[14] = of["origin"]
    return op


def content_id(op):
    return op.get(14, op[0])


def seal(key, op, subject, name, plain, nonce=None):
    nonce = nonce or os.urandom(24)
    associated = op + subject + name.encode()
    return {0: "xc20p", 1: nonce, 2: encrypt(key, nonce, plain.encode(), associated)}


def unseal(key, op, subject, name, sealed):
    if sealed[0] != "xc20p":
        raise ValueError("unknown cipher")
    return decrypt(key, sealed[1], sealed[2], op + subject + name.encode()).decode()


def entity(number, id_, scope):
    """An entity that is derived from its number, an id and the scope."""
    return bytes([number]) + uuid8(sm3(b"part\0", bytes([number]), id_, scope.encode()))


def issue_entity(kind, about, op, what, scope):
    op = op or b""
    first = sm3(b"issue\0", be8(len(kind)), kind.encode(), about, bytes([len(op)]), op, (what or "").encode())
    return entity(18, uuid8(first), scope)


def household(village, number):
    return uuid8(sm3(b"household", village.encode(), number.encode()))


# 6. The enrolment code

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def code_characters(text):
    text = "".join(text.upper().split()).replace("-", "")
    return text.replace("I", "1").replace("L", "1").replace("O", "0")


def code_check(text):
    """The check character of the first 15."""
    power, check = 1, 0
    alphas = []
    for _ in range(16):
        alphas.append(power)
        power <<= 1
        if power & 32:
            power ^= 0b100101
    for place, character in enumerate(text[:15], start=1):
        check ^= multiply(ALPHABET.index(character), alphas[16 - place])
    return ALPHABET[check]


def multiply(left, right):
    """In GF(2^5) with x^5 + x^2 + 1."""
    product = 0
    while right:
        if right & 1:
            product ^= left
        left <<= 1
        if left & 32:
            left ^= 0b100101
        right >>= 1
    return product


def proof_hash(device, sign_key, seal_key, town, code):
    town, code = town.encode(), code.encode()
    return sm3(device, sign_key, seal_key, be8(len(town)), town, be8(len(code)), code)


# 8. Histories

def leaf(op_hash):
    return sm3(b"\0", op_hash)


def root(hashes):
    """RFC 6962, section 2.1, from the hashes of ops."""
    if not hashes:
        return sm3(b"")
    if len(hashes) == 1:
        return leaf(hashes[0])
    split = 1 << (len(hashes) - 1).bit_length() - 1
    return sm3(b"\1", root(hashes[:split]), root(hashes[split:]))


def frontier(hashes):
    stored, at = be8(len(hashes)), 0
    for bit in reversed(range(len(hashes).bit_length())):
        if len(hashes) >> bit & 1:
            stored += root(hashes[at:at + (1 << bit)])
            at += 1 << bit
    return stored


def proof_holds(old, old_root, new, new_root, proof):
    """RFC 9162, section 2.1.4.2."""
    if old > new:
        return False
    if old == 0:
        return not proof and old_root == sm3(b"")
    if old == new:
        return not proof and old_root == new_root
    path = list(proof)
    if old & (old - 1) == 0:
        path.insert(0, old_root)
    if not path:
        return False
    below, last = old - 1, new - 1
    while below & 1:
        below, last = below >> 1, last >> 1
    first = second = path[0]
    for step in path[1:]:
        if last == 0:
            return False
        if below & 1 or below == last:
            first, second = sm3(b"\1", step, first), sm3(b"\1", step, second)
            while below and not below & 1:
                below, last = below >> 1, last >> 1
        else:
            second = sm3(b"\1", second, step)
        below, last = below >> 1, last >> 1
    return last == 0 and first == old_root and second == new_root


# 9. Signatures

CHAIN_HEAD, ENROLMENT = b"zhenxin chain head 1\0", b"zhenxin enrolment 1\0"
BUNDLE_HEADER, SNAPSHOT_MANIFEST = b"zhenxin bundle header 1\0", b"zhenxin snapshot manifest 1\0"
SCOPE_HEADS, PUBLISHED = b"zhenxin scope heads 1\0", b"zhenxin published 1\0"
AUDIT_HEAD, AUDIT_CUT = b"zhenxin audit head 1\0", b"zhenxin audit cut 1\0"


@dataclass
class SigningKey:
    seed: bytes

    def __post_init__(self):
        self.public, self.secret = sodium.crypto_sign_seed_keypair(self.seed)

    def sign(self, context, content):
        return sodium.crypto_sign(context + content, self.secret)[:64]


def verify(public, context, content, signature):
    sodium.crypto_sign_open(signature + context + content, public)


def heads_content(lineage, heads):
    content = lineage
    for scope, size, root_ in heads:
        content += bytes([len(scope)]) + scope.encode() + be8(size) + root_
    return content


def published_content(kind, version, data):
    return kind.encode() + b"\0" + be8(version) + sm3(data)


# 10. Key lane

def public_of(secret):
    return sodium.crypto_scalarmult_base(secret)


def hkdf(secret, salt, info):
    """RFC 5869 with SHA-256, 32 bytes: one block."""
    extracted = hmac.new(salt, secret, hashlib.sha256).digest()
    return hmac.new(extracted, info + b"\1", hashlib.sha256).digest()


def wrap_for(context, id_, key, recipient, ephemeral=None, nonce=None):
    ephemeral, nonce = ephemeral or os.urandom(32), nonce or os.urandom(24)
    public = public_of(ephemeral)
    shared = sodium.crypto_scalarmult(ephemeral, recipient)
    return public + nonce + encrypt(hkdf(shared, public + recipient, context + id_), nonce, key, id_)


def unwrap_for(context, id_, wrapped, secret):
    public, nonce, sealed = wrapped[:32], wrapped[32:56], wrapped[56:]
    shared = sodium.crypto_scalarmult(secret, public)
    return decrypt(hkdf(shared, public + public_of(secret), context + id_), nonce, sealed, id_)


def data_key_id(key):
    """A data key is named after its bytes."""
    return sm3(b"zhenxin data key id 1\0", key)[:16]


DATA_KEY, BUNDLE_KEY = b"zhenxin data key 1\0", b"zhenxin bundle key 1\0"
SUBJECT_KEY, SNAPSHOT_KEY = b"zhenxin subject key 1\0", b"zhenxin snapshot key 1\0"


def wrap_under(context, id_, key, data_key_id, data_key, nonce=None):
    nonce = nonce or os.urandom(24)
    return nonce + encrypt(data_key, nonce, key, context + id_ + data_key_id)


def unwrap_under(context, id_, wrapped, data_key_id, data_key):
    return decrypt(data_key, wrapped[:24], wrapped[24:], context + id_ + data_key_id)


def key_digest(row):
    """Of a row of a lane."""
    scope = row[4].encode()
    return sm3(bytes([len(scope)]), scope, row[0], row[1], row[5].to_bytes(4, "big"), bytes([row[3]]), row[2])


def key_chain(before, row):
    """The name of a lane that ends with the row."""
    return sm3(before, key_digest(row))


def fingerprint(public):
    digits = sm3(public)[:10].hex()
    return " ".join(digits[at:at + 4] for at in range(0, 20, 4))


# 11. Attachments

def blob_id(key, plain_hash):
    return sm3(b"attachment 1\0", key, plain_hash)


def seal_attachment(key, plain):
    plain_hash = sm3(plain)
    nonce = sm3(b"attachment nonce 1\0", key, plain_hash)[:24]
    return encrypt(key, nonce, plain, blob_id(key, plain_hash))


# 13. Bundle files

@dataclass
class Bundle:
    header: dict
    header_hash: bytes
    signature: dict
    items: list = field(default_factory=list)
    whole: bool = False


def read_bundle(data, device, secret):
    if data[:10] != b"ZXBUNDLE1\n":
        raise ValueError("no bundle")
    records, at = [], 10
    while at + 4 <= len(data):
        length = int.from_bytes(data[at:at + 4], "big")
        if at + 4 + length > len(data):
            break
        records.append(data[at + 4:at + 4 + length])
        at += 4 + length
    header = decode(records[0])
    bundle = Bundle(header, sm3(records[0]), decode(records[1]))
    wrapped = next(row[1] for row in header[4] if row.get(0) == device)
    key = unwrap_for(BUNDLE_KEY, header[0], wrapped, secret)
    for index, sealed in enumerate(records[2:], start=2):
        packed = decrypt(key, header[0] + be8(index), sealed, bundle.header_hash + be8(index))
        plain = decompress(packed)
        number, body = decode(plain)
        if number == 7:
            bundle.whole = body[0] == len(bundle.items) and at == len(data)
            break
        bundle.items.append(plain)
    return bundle


def write_bundle(town, author, signer, recipients, items):
    """A whole bundle; `recipients` are pairs of a device (None for the district) and its X25519 key."""
    name, key = os.urandom(16), os.urandom(32)
    rows = []
    for device, public in recipients:
        row = {0: device} if device else {}
        rows.append(row | {1: wrap_for(BUNDLE_KEY, name, key, public)})
    now = time.time_ns() // 1_000_000
    header = encode({0: name, 1: town, 2: author, 3: now, 4: rows, 5: "xc20p+zstd"})
    header_hash = sm3(header)
    records = [header, encode({0: "ed25519", 1: signer.sign(BUNDLE_HEADER, header_hash)})]
    for index, item in enumerate(items + [[7, {0: len(items)}]], start=2):
        packed = compress(encode(item))
        records.append(encrypt(key, name + be8(index), packed, header_hash + be8(index)))
    return b"ZXBUNDLE1\n" + b"".join(len(record).to_bytes(4, "big") + record for record in records)


# 5. Transport

class Refused(Exception):
    """A fault of the district."""

    def __init__(self, fault):
        super().__init__(fault[0])
        self.code = fault[0]


class Line:
    """The way to a district."""

    def __init__(self, url, ca_file):
        parts = urllib.parse.urlsplit(url)
        context = ssl.create_default_context(cafile=ca_file)
        self.connection = http.client.HTTPSConnection(parts.hostname, parts.port, context=context, timeout=60)
        self.token = None
        self.lineage = None

    def ask(self, path, body, major=1):
        frame = compress(encode({0: "zhenxin", 1: major, 2: 0, 3: encode(body)}))
        headers = {"Content-Type": "application/vnd.zhenxin+cbor.zstd"}
        if self.token:
            headers["Authorization"] = "Bearer " + base64.urlsafe_b64encode(self.token).rstrip(b"=").decode()
        self.connection.request("POST", "/v1/" + path, frame, headers)
        response = self.connection.getresponse()
        data = response.read()
        if response.getheader("Content-Type") != "application/vnd.zhenxin+cbor.zstd":
            raise ValueError(f"not a district: {response.status}")
        answer = decode(decompress(data))
        if answer[0] != "zhenxin" or (4 in answer) == (5 in answer):
            raise ValueError("not an answer")
        if 5 in answer:
            raise Refused(answer[5])
        self.lineage = answer[3]
        return decode(answer[4])


def new_uuid():
    return uuid.uuid4().bytes
