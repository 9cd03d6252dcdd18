"""Computes the test vectors from their inputs and compares."""

import json
import sys

import zhenxin as zx


def check(path):
    """The number of values that came out differently."""
    with open(path, encoding="utf-8") as file:
        known = json.load(file)
    wrong, right = 0, 0

    def same(name, value, wanted):
        nonlocal wrong, right
        value = value.hex() if isinstance(value, bytes) else value
        if value == wanted:
            right += 1
        else:
            wrong += 1
            print(f"{name}: {value} instead of {wanted}", file=sys.stderr)

    for part in (plain, ops, sealing, histories, district, wraps, lane, enrolment, frames, bundle, ids):
        part(known, same)
    print(json.dumps({"right": right, "wrong": wrong}))
    return 1 if wrong else 0


def raw(part, *names):
    return [bytes.fromhex(part[name]) for name in names]


def plain(known, same):
    same("sm3", zx.sm3(b"abc"), known["sm3"]["of_abc"])


def ops(known, same):
    for row in known["ops"]:
        id_, device, prev, body, actor = raw(row, "id", "device", "prev", "body", "actor")
        op = zx.op_map(
            id=id_, device=device, epoch=row["epoch"], seq=row["seq"], prev=prev, scope=row["scope"],
            kind=row["kind"], kind_version=row["kind_version"], body=body, hlc=row["hlc"],
            recorded_at=row["recorded_at"], occurred_on=row["occurred_on"], actor=actor,
            origin=row["origin"] and bytes.fromhex(row["origin"]),
        )
        same("op", zx.encode(op), row["bytes"])
        same("op hash", zx.sm3(zx.encode(op)), row["hash"])
        same("content id", zx.content_id(op), row["content_id"])
    first, second = known["ops"][0], known["ops"][1]
    same("chain", second["prev"], first["hash"])
    head = known["head_signature"]
    seed, digest = raw(head, "seed", "hash")
    same("sign key", zx.SigningKey(seed).public, head["public"])
    same("head signature", zx.SigningKey(seed).sign(zx.CHAIN_HEAD, digest), head["signature"])
    contexts = [
        zx.CHAIN_HEAD, zx.ENROLMENT, zx.BUNDLE_HEADER, zx.SNAPSHOT_MANIFEST, zx.SCOPE_HEADS, zx.PUBLISHED,
        zx.AUDIT_HEAD, zx.AUDIT_CUT,
    ]
    same("contexts", [context.hex() for context in contexts], [row["context"] for row in head["contexts"]])
    for context, row in zip(contexts, head["contexts"]):
        same("signature in a context", zx.SigningKey(seed).sign(context, digest), row["signature"])


def sealing(known, same):
    part = known["sealed_value"]
    key, nonce, op, subject = raw(part, "key", "nonce", "content_id", "subject")
    sealed = zx.seal(key, op, subject, part["field"], part["plain"], nonce)
    same("sealed value", sealed[2], part["ciphertext"])
    same("sealed value in CBOR", zx.encode(sealed), part["cbor"])
    same("unsealed value", zx.unseal(key, op, subject, part["field"], sealed), part["plain"])
    part = known["attachment"]
    key, photo = raw(part, "key", "plain")
    same("plain hash", zx.sm3(photo), part["plain_hash"])
    same("blob id", zx.blob_id(key, zx.sm3(photo)), part["blob"])
    same("sealed attachment", zx.seal_attachment(key, photo), part["sealed"])


def histories(known, same):
    part = known["merkle"]
    hashes = [bytes.fromhex(digest) for digest in part["op_hashes"]]
    same("leaf", zx.leaf(hashes[0]), part["first_leaf"])
    roots = [zx.root(hashes[:size]) for size in range(len(hashes) + 1)]
    same("roots", [root.hex() for root in roots], part["roots_by_size"])
    same("frontier", zx.frontier(hashes), part["frontier_at_11"])
    for row in part["proofs"]:
        proof = [bytes.fromhex(digest) for digest in row["proof"]]
        old, new = row["old"], row["new"]
        same(f"proof {old} to {new}", zx.proof_holds(old, roots[old], new, roots[new], proof), True)
        same(f"no proof {old} to {new}", zx.proof_holds(old, zx.ZERO, new, roots[new], proof), False)


def district(known, same):
    part = known["district_signatures"]
    seed, lineage, document = raw(part, "seed", "lineage", "published_bytes")
    signer = zx.SigningKey(seed)
    same("district key", signer.public, part["public"])
    heads = [(head["scope"], head["size"], bytes.fromhex(head["root"])) for head in part["heads"]]
    same("scope heads", signer.sign(zx.SCOPE_HEADS, zx.heads_content(lineage, heads)), part["heads_signature"])
    content = zx.published_content(part["published_kind"], part["published_version"], document)
    same("published", signer.sign(zx.PUBLISHED, content), part["published_signature"])


def wraps(known, same):
    part = known["wraps"]
    secret, ephemeral, nonce = raw(part, "recipient_secret", "ephemeral_secret", "nonce")
    recipient = zx.public_of(secret)
    same("seal key", recipient, part["recipient_public"])
    same("fingerprint", zx.fingerprint(recipient), part["recipient_fingerprint"])
    id_, key = raw(part, "data_key_id", "data_key")
    same("data key id", zx.data_key_id(key), part["data_key_id"])
    wrapped = zx.wrap_for(zx.DATA_KEY, id_, key, recipient, ephemeral, nonce)
    same("wrapped data key", wrapped, part["wrapped_data_key"])
    same("unwrapped data key", zx.unwrap_for(zx.DATA_KEY, id_, wrapped, secret), part["data_key"])
    bundle_, bundle_key = raw(part, "bundle", "bundle_key")
    wrapped = zx.wrap_for(zx.BUNDLE_KEY, bundle_, bundle_key, recipient, ephemeral, nonce)
    same("wrapped bundle key", wrapped, part["wrapped_bundle_key"])
    subject, subject_key, snapshot = raw(part, "subject", "subject_key", "snapshot")
    wrapped = zx.wrap_under(zx.SUBJECT_KEY, subject, subject_key, id_, key, nonce)
    same("wrapped subject key", wrapped, part["wrapped_subject_key"])
    same("subject key", zx.unwrap_under(zx.SUBJECT_KEY, subject, wrapped, id_, key), part["subject_key"])
    wrapped = zx.wrap_under(zx.SNAPSHOT_KEY, snapshot, subject_key, id_, key, nonce)
    same("wrapped snapshot key", wrapped, part["wrapped_snapshot_key"])


def lane(known, same):
    chain = zx.ZERO
    for part in known["key_lane"]:
        row = zx.decode(bytes.fromhex(part["row"]))
        same("key row", zx.encode(row), part["row"])
        same("digest of a key row", zx.key_digest(row), part["digest"])
        chain = zx.key_chain(chain, row)
        same("chain of a lane", chain, part["chain"])


def enrolment(known, same):
    part = known["enrolment"]
    characters = zx.code_characters(part["code"])
    same("check character", zx.code_check(characters), characters[15])
    same("code hash", zx.sm3(characters.encode()), part["code_hash"])
    request = zx.decode(bytes.fromhex(part["request"]))
    digest = zx.proof_hash(request[1], request[3], request[4], request[5], request[0])
    same("proof hash", digest, part["proof_hash"])
    seed, = raw(known["head_signature"], "seed")
    same("proof", zx.SigningKey(seed).sign(zx.ENROLMENT, digest), part["proof"])
    same("request", zx.encode(request), part["request"])


def frames(known, same):
    part = known["frames"]
    for name in ("ask", "answer"):
        frame, = raw(part, name + "_frame")
        same(name, zx.decompress(frame), part[name])
        same(name + " again", zx.decompress(zx.compress(bytes.fromhex(part[name]))), part[name])
    same("fault", zx.decode(bytes.fromhex(part["answer"]))[5][0], "busy")


def bundle(known, same):
    part = known["bundle"]
    file, device, secret = raw(part, "file", "recipient_device", "recipient_secret")
    read = zx.read_bundle(file, device, secret)
    same("bundle header", read.header_hash, part["header_hash"])
    seed, = raw(known["head_signature"], "seed")
    zx.verify(zx.SigningKey(seed).public, zx.BUNDLE_HEADER, read.header_hash, read.signature[1])
    same("bundle items", [item.hex() for item in read.items], part["items"])
    same("bundle end", read.whole, True)
    cut = zx.read_bundle(file[:-1], device, secret)
    same("cut bundle", (len(cut.items), cut.whole), (len(read.items), False))


def ids(known, same):
    part = known["derived_ids"]
    same("household", zx.household(part["village"], part["household_number"]), part["household"])
    about, op = raw(part, "issue_about", "issue_op")
    issue = zx.issue_entity(part["issue_kind"], about, op, part["issue_what"], part["village"])
    same("issue", issue, part["issue_entity"])
