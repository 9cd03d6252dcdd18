#!/usr/bin/python3
"""A second client, written from docs/PROTOCOL.md alone. See README.md beside it."""

import argparse
import json
import os
import sys
import time

import zhenxin as zx

RESIDENT_FIELDS = {0: "name", 1: "id_number", 2: "phone", 3: "address", 4: "relation", 5: "grid"}


class Town:
    """One device: its keys, its chain, and what it knows of the town."""

    def __init__(self, path, options):
        self.path = path
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                self.state = json.load(file)
        else:
            self.state = {
                "device": zx.new_uuid().hex(), "actor": zx.new_uuid().hex(), "town": options.town,
                "sign_seed": os.urandom(32).hex(), "seal_secret": os.urandom(32).hex(),
                "data_keys": {}, "generation": 0,
                "subject_keys": {}, "seq": 0, "prev": zx.ZERO.hex(), "hashes": {}, "lanes": {},
            }
            self.make_data_key()
        self.signer = zx.SigningKey(self.bytes("sign_seed"))
        self.line = zx.Line(options.url, options.ca)
        self.line.token = self.bytes("token") if "token" in self.state else None
        self.device, self.actor = self.bytes("device"), self.bytes("actor")
        self.ops, self.key_rows, self.report = [], [], {}
        self.district_key = self.district_seal_key = None

    def bytes(self, name):
        return bytes.fromhex(self.state[name])

    def save(self):
        with open(self.path, "w", encoding="utf-8") as file:
            json.dump(self.state, file)

    def make_data_key(self):
        key = os.urandom(32)
        self.state["own_data_key"] = zx.data_key_id(key).hex()
        self.state["data_keys"][self.state["own_data_key"]] = key.hex()

    # joining

    def hello(self):
        answer = self.line.ask("hello", {}, major=9)
        if not answer[1] <= 1 <= answer[3]:
            raise ValueError("no version in common")
        pinned = self.state.setdefault("district_key", answer[4].hex())
        if pinned != answer[4].hex():
            raise ValueError("another district")
        self.district_key, self.district_seal_key = answer[4], answer[5]

    def enrol(self, code):
        characters = zx.code_characters(code)
        if zx.code_check(characters) != characters[15]:
            raise ValueError("mistyped")
        seal_public = zx.public_of(self.bytes("seal_secret"))
        town = self.state["town"]
        digest = zx.proof_hash(self.device, self.signer.public, seal_public, town, code)
        answer = self.line.ask("enrol", {
            0: code, 1: self.device, 2: "第二种程序", 3: self.signer.public, 4: seal_public, 5: town,
            6: self.signer.sign(zx.ENROLMENT, digest),
        })
        if answer[5] != self.district_key:
            raise ValueError("another district")
        self.line.token = answer[0]
        self.state.update(token=answer[0].hex(), epoch=answer[2])

    # writing

    def subject_key(self, subject, scope):
        """The subject's key, made where there is none."""
        known = self.state["subject_keys"].get(subject.hex())
        if known is None:
            known = self.state["subject_keys"][subject.hex()] = os.urandom(32).hex()
            id_ = self.bytes("own_data_key")
            data_key = bytes.fromhex(self.state["data_keys"][id_.hex()])
            wrapped = zx.wrap_under(zx.SUBJECT_KEY, subject, bytes.fromhex(known), id_, data_key)
            row = {0: subject, 1: id_, 2: wrapped, 3: False, 4: scope, 5: self.state["generation"]}
            self.key_rows.append(row)
        return bytes.fromhex(known)

    def write(self, scope, kind, body, op_id=None, extra=None):
        """Appends an op to the chain; `body` is a value, `extra` holds keys of the future."""
        now = time.time_ns() // 1_000_000
        self.state["seq"] += 1
        op = zx.op_map(
            id=op_id or zx.uuid7(), device=self.device, epoch=self.state["epoch"], seq=self.state["seq"],
            prev=self.bytes("prev"), scope=scope, kind=kind, body=zx.encode(body), hlc=now << 16,
            recorded_at=now, occurred_on=now // 86_400_000, actor=self.actor,
        )
        data = zx.encode(op | (extra or {}))
        self.state["prev"] = zx.sm3(data).hex()
        self.ops.append(data)
        return op[0]

    def resident(self, village, resident, household, fields, base=None):
        """Records a resident, or changes fields of one."""
        op_id, key = zx.uuid7(), self.subject_key(resident, village)
        sealed = {
            number: zx.seal(key, op_id, resident, RESIDENT_FIELDS[number], plain) for number, plain in fields.items()
        }
        row = {0: resident, 3: sealed}
        if household:
            row |= {1: village, 2: household}
        if base:
            row[4] = base
        return self.write(village, "residents.recorded", {2: [row]}, op_id)

    # the steps of a round

    def grants(self):
        """Takes what was handed over, hands over what others lack."""
        held = sorted(map(bytes.fromhex, self.state["data_keys"]))
        answer = self.line.ask("keys/grants", {0: held})
        mine, more = answer[1], answer.get(3)
        while more:
            page = self.line.ask("keys/grants", {0: held, 1: more})
            mine, more = mine + page[1], page.get(3)
        if answer[2] != self.state["generation"]:
            self.state["generation"] = answer[2]
            self.make_data_key()
        secret = self.bytes("seal_secret")
        for row in mine:
            key = zx.unwrap_for(zx.DATA_KEY, row[0], row[1], secret)
            if zx.data_key_id(key) == row[0]:
                self.state["data_keys"][row[0].hex()] = key.hex()
        grants = []
        for other in answer[0]:
            if other[3] != zx.fingerprint(other[2]):
                raise ValueError("a fingerprint of another key")
            lacking = set(self.state["data_keys"]) - {id_.hex() for id_ in other[5]}
            for id_ in map(bytes.fromhex, lacking if other[0] != self.device else []):
                wrapped = zx.wrap_for(zx.DATA_KEY, id_, bytes.fromhex(self.state["data_keys"][id_.hex()]), other[2])
                grants.append({0: id_, 1: other[0], 2: wrapped})
        if grants:
            self.line.ask("keys/grant", {0: grants})
        self.sign_keys = {other[0]: other[6] for other in answer[0]}
        self.seal_keys = {other[0]: other[2] for other in answer[0]}

    def batch(self):
        """The pending ops as a request to push, which are pending no more."""
        head = self.signer.sign(zx.CHAIN_HEAD, zx.sm3(self.ops[-1]))
        request = {0: self.device, 1: self.state["epoch"], 2: self.ops, 3: {0: "ed25519", 1: head}}
        self.ops = []
        return request

    def push(self):
        """Sends keys and ops, twice: the outcomes of both times."""
        if self.key_rows:
            answer = self.line.ask("keys/push", {0: self.key_rows})
            if answer[1] or answer[2] or answer.get(3):
                raise ValueError("keys that were not taken")
            self.key_rows = []
        request = self.batch()
        return [[row[0][0] for row in self.line.ask("push", request)[0]] for _ in range(2)]

    def pull_keys(self):
        more = True
        while more:
            lanes = self.state["lanes"].items()
            places = [{0: scope, 1: after, 2: bytes.fromhex(chain)} for scope, (after, chain) in lanes]
            pages = self.line.ask("keys/pull", {0: places, 1: 2})[0]
            more = any(page[2] or page.get(3) for page in pages)
            for page in pages:
                scope, after, chain = (page[0][key] for key in range(3))
                if page.get(3):
                    del self.state["lanes"][scope]
                    continue
                for row in page[1]:
                    self.take_key(row, scope)
                self.state["lanes"][scope] = [after, chain.hex()]

    def take_key(self, row, scope):
        if row[4] != scope:
            raise ValueError("a key of another lane")
        data_key = self.state["data_keys"].get(row[1].hex())
        if data_key and not row[3]:
            key = zx.unwrap_under(zx.SUBJECT_KEY, row[0], row[2], row[1], bytes.fromhex(data_key))
            self.state["subject_keys"].setdefault(row[0].hex(), key.hex())

    def pull(self):
        """Pulls from the beginning, so that what was said before is compared with what is said now."""
        hashes, pulled, chains, more = {}, [], {}, True
        while more:
            cursors = [{0: scope, 1: len(known)} for scope, known in hashes.items()]
            answer = self.line.ask("pull", {0: cursors, 1: 3})
            more = any(page[2] for page in answer[0])
            signed = []
            for page in answer[0]:
                known = hashes.setdefault(page[0], [])
                for row in page[1]:
                    if row[0] != len(known) + 1:
                        raise ValueError("a page with a hole")
                    known.append(zx.sm3(row[1]))
                    pulled.append((row[1], zx.decode(row[1])))
                if page[1]:
                    if page[3][0] != len(known) or page[3][1] != zx.root(known):
                        raise ValueError("a page with another root")
                    signed.append((page[0], page[3][0], page[3][1]))
            if signed:
                zx.verify(self.district_key, zx.SCOPE_HEADS, zx.heads_content(self.line.lineage, signed), answer[3][1])
            for head in answer.get(2, []):
                chains[head[0], head[1], head[2]] = head[4]
        for scope, before in self.state["hashes"].items():
            if [digest.hex() for digest in hashes[scope][:len(before)]] != before:
                raise ValueError("history has changed")
        self.check_chains(pulled, chains)
        self.heads(hashes)
        self.state["hashes"] = {scope: [digest.hex() for digest in known] for scope, known in hashes.items()}
        return pulled

    def check_chains(self, pulled, heads):
        """Every op follows on the one before it, and a signature covers it."""
        chains = {}
        for data, op in pulled:
            chains.setdefault((op[1], op[2]), []).append((op[3], op[4], zx.sm3(data)))
        covered = 0
        for (device, epoch), links in chains.items():
            links.sort()
            for before, after in zip(links, links[1:]):
                if after[0] == before[0] + 1 and after[1] != before[2]:
                    raise ValueError("a broken chain")
            for seq, _, digest in links:
                if (device, epoch, seq) in heads:
                    zx.verify(self.sign_keys[device], zx.CHAIN_HEAD, digest, heads[device, epoch, seq])
                    covered += 1
        self.report["chain_heads"] = covered

    def heads(self, hashes):
        """Asks with the heads of before, and compares the district's with what was pulled."""
        before = {scope: [bytes.fromhex(digest) for digest in known] for scope, known in self.state["hashes"].items()}
        request = [{0: scope, 1: len(known), 2: zx.root(known)} for scope, known in before.items()]
        answer = self.line.ask("heads", {0: request, 1: "python", 2: len(self.ops)})
        signed = [(head[0], head[1], head[2]) for head in answer[0]]
        zx.verify(self.district_key, zx.SCOPE_HEADS, zx.heads_content(self.line.lineage, signed), answer[1][1])
        for head in answer[0]:
            scope, size, root = head[0], head[1], head[2]
            if size != len(hashes.get(scope, [])) or root != zx.root(hashes.get(scope, [])):
                raise ValueError("a head that is not what was pulled")
            if scope in before:
                old = before[scope]
                if not zx.proof_holds(len(old), zx.root(old), size, root, head[3]):
                    raise ValueError("a proof that does not hold")
        self.report["heads"] = {scope: [size, root.hex()] for scope, size, root in signed}
        self.report["proven"] = len(before)

    # reading

    def residents(self, pulled):
        """Residents by their last values, in the order of the district; for each field the op that set it."""
        found = {}
        for _, op in pulled:
            if op[6] != "residents.recorded" or op[7] != 1:
                continue
            for row in zx.decode(op[8])[2]:
                resident = found.setdefault(row[0], {"scope": op[5], "fields": {}, "set_by": {}})
                key = self.state["subject_keys"].get(row[0].hex())
                for number, sealed in row.get(3, {}).items():
                    name = RESIDENT_FIELDS[number]
                    plain = None
                    if sealed is not None and key is not None:
                        plain = zx.unseal(bytes.fromhex(key), zx.content_id(op), row[0], name, sealed)
                    resident["fields"][name] = plain
                    resident["set_by"][number] = zx.content_id(op)
        return found


def join(town, options):
    """Enrols and says something: the opening, a user, a resident, and a kind that nobody knows."""
    town.hello()
    town.enrol(options.code)
    town.grants()
    town.write(town.state["town"], "town.opened", {0: town.state["town"], 1: "第二种程序"})
    user = zx.uuid7()
    name = zx.seal(town.subject_key(town.actor, town.state["town"]), user, town.actor, "user_name", "李代办")
    town.write(town.state["town"], "user.added", {0: town.actor, 1: name, 2: 0}, user)
    resident = zx.new_uuid()
    town.resident(options.village, resident, "8801", {0: "王碶头", 2: "13800138000"})
    town.write(options.village, "lantern.lit", {0: "元宵", 7: [1, 2]}, extra={40: {0: "of the future"}})
    town.report["resident"] = resident.hex()
    town.report["ops"] = [data.hex() for data in town.ops]
    town.report["pushed"] = town.push()


def read(town, options):
    """Pulls and reads what others wrote, changes one of it twice at once, and sends a blob there and back."""
    town.hello()
    town.grants()
    town.pull_keys()
    pulled = town.pull()
    residents = town.residents(pulled)
    town.report["residents"] = {id_.hex(): resident["fields"] for id_, resident in residents.items()}
    wanted = bytes.fromhex(options.resident)
    town.report["pushed"] = fork(town, residents[wanted], wanted)
    town.report["rights"] = rights(town, residents[wanted]["scope"])
    town.report["blob"] = blob(town)
    town.report["refused"] = refusals(town)


def fork(town, known, resident):
    """Two copies of one disk write at the same place of their chain; the second goes on in another epoch."""
    place = {name: town.state[name] for name in ("seq", "prev")}
    town.resident(known["scope"], resident, None, {4: "本人"})
    outcomes = town.push()
    town.state.update(place)
    town.resident(known["scope"], resident, None, {2: "13900139000"}, {2: known["set_by"][2]})
    former = zx.decode(town.ops[-1])
    outcomes += town.push()
    epoch = town.line.ask("epoch", {0: town.state["epoch"]})[0]
    again = former | {0: zx.uuid7(), 2: epoch, 3: 1, 4: zx.ZERO, 14: zx.content_id(former)}
    town.ops = [zx.encode(again)]
    town.state.update(epoch=epoch, seq=1, prev=zx.sm3(town.ops[0]).hex())
    return outcomes + town.push()


def rights(town, scope):
    """Who holds the right of the scope, after asking for it and after giving it back."""
    holders = []
    for request in ({0: [scope]}, {1: [scope]}):
        rows = {row[0]: row.get(1) for row in town.line.ask("rights", request)[0]}
        holders.append(rows.get(scope) == town.device)
    return holders


def bundle(town, options):
    """Writes what it has to say into a bundle for every device and the district."""
    town.hello()
    town.grants()
    resident = zx.new_uuid()
    town.resident(options.village, resident, "8802", {0: "周监碶"})
    recipients = [(None, town.district_seal_key)]
    recipients += [(device, key) for device, key in town.seal_keys.items() if device != town.device]
    chain = {0: town.device, 1: town.state["epoch"], 2: town.state["seq"]}
    items = [[2, {0: town.key_rows}], [0, town.batch()], [6, {0: [], 1: [chain]}]]
    with open(options.file, "wb") as file:
        file.write(zx.write_bundle(town.state["town"], town.device, town.signer, recipients, items))
    town.report["resident"] = resident.hex()


def blob(town):
    """A blob in two pieces, the second of them twice."""
    plain = os.urandom(700_000)
    key = town.subject_key(town.actor, town.state["town"])
    sealed, id_ = zx.seal_attachment(key, plain), zx.blob_id(key, zx.sm3(plain))
    piece = {0: id_, 1: town.state["town"], 2: len(sealed), 3: zx.sm3(sealed)}
    states = []
    for offset in (0, 524_288, 524_288):
        answer = town.line.ask("blobs/put", piece | {4: offset, 5: sealed[offset:offset + 524_288]})
        states.append([answer[0], answer[1]])
    have = town.line.ask("blobs/have", {0: [id_]})[0][0]
    got = b""
    while len(got) < len(sealed):
        got += town.line.ask("blobs/get", {0: id_, 1: len(got), 2: 300_000})[2]
    return {"states": states, "done": have[3], "equal": got == sealed, "total": len(sealed)}


def refusals(town):
    """What must be refused, with the fault's code."""
    codes = {}
    cases = [
        ("version", "heads", {0: [], 1: "python", 2: 0}, 9),
        ("shape", "push", {0: "no device"}, 1),
        ("blob", "blobs/get", {0: zx.ZERO, 1: 0, 2: 10}, 1),
        ("scope", "roots", {0: "330211102", 1: [{0: 0, 1: 0}]}, 1),
        ("signature", "push", {0: town.device, 1: 1, 2: [b"\xa0"], 3: {0: "ed25519", 1: bytes(64)}}, 1),
    ]
    for name, path, body, major in cases:
        try:
            town.line.ask(path, body, major)
            codes[name] = None
        except zx.Refused as refused:
            codes[name] = refused.code
    return codes


def main():
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(dest="command", required=True)
    vectors = commands.add_parser("vectors")
    vectors.add_argument("file")
    steps = {"join": join, "read": read, "bundle": bundle}
    for name in steps:
        command = commands.add_parser(name)
        for option in ("--url", "--ca", "--state", "--town", "--village"):
            command.add_argument(option, required=True)
        command.add_argument("--code")
        command.add_argument("--resident")
        command.add_argument("--file")
    options = parser.parse_args()
    if options.command == "vectors":
        import vectors as checks
        sys.exit(checks.check(options.file))
    town = Town(options.state, options)
    steps[options.command](town, options)
    town.save()
    json.dump(town.report, sys.stdout, ensure_ascii=False)


if __name__ == "__main__":
    main()
