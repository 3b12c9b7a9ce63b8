"""What the shim recorded, and the folders a crash could have left of it.

The model of a disk. A file's bytes and a folder's names are durable once that file or that folder
was synced after they changed; a sync that failed makes durable nothing that was written before it.
Whatever is not durable may be there after a loss of power or not, each part for itself, except that
the names of one folder are lost from the newest backwards, and that a rename is whole or not done.
"""

import os
import random
import stat
import struct
from dataclasses import dataclass, field

OPEN, CREATE, TRUNCATE, WRITE, SYNC, RENAME, UNLINK, LINK, MKDIR, RMDIR, SYMLINK, MAPPED, PRINT = range(1, 14)
NAMES = {
    OPEN: "open", CREATE: "create", TRUNCATE: "ftruncate", WRITE: "write", SYNC: "fsync", RENAME: "rename",
    UNLINK: "unlink", LINK: "link", MKDIR: "mkdir", RMDIR: "rmdir", SYMLINK: "symlink", MAPPED: "mmap",
    PRINT: "print",
}
NAMING = {CREATE, RENAME, UNLINK, LINK, MKDIR, RMDIR}
HEADER = struct.Struct("<IIQQqqIIII")
MAGIC = 0x4C455448


@dataclass
class Operation:
    kind: int
    number: int
    handle: int
    offset: int
    result: int
    fault: bool
    path: str
    other: str
    data: bytes

    def describe(self, root):
        """In one line, with paths from the world's folder."""
        def short(path):
            return os.path.relpath(path, root) if path else ""
        if self.kind == PRINT:
            return f"  print {len(self.data)} B"
        text = f"{self.number} {NAMES[self.kind]} {short(self.path)}"
        if self.other:
            text += f" -> {short(self.other)}"
        if self.kind == WRITE:
            text += f" {len(self.data)} B at {self.offset}"
        if self.kind == TRUNCATE:
            text += f" to {self.offset} B"
        if self.result < 0 and self.kind not in (PRINT, CREATE):
            text += f" = -{os.strerror(-self.result)}"
        return text


class Journal:
    """All records of one process, in order."""

    def __init__(self, path):
        with open(path, "rb") as file:
            data = file.read()
        self.records = []
        self.openings = self.reads = 0
        place = 0
        while place + HEADER.size <= len(data):
            (magic, kind, number, handle, offset, result, fault, first, second, size) = HEADER.unpack_from(data, place)
            assert magic == MAGIC, f"{path} is damaged at byte {place}"
            place += HEADER.size
            name = data[place:place + first].decode()
            other = data[place + first:place + first + second].decode()
            place += first + second
            payload = data[place:place + size]
            place += size
            if kind == PRINT and result < 0:
                self.openings, self.reads = handle, offset
                continue
            self.records.append(Operation(kind, number, handle, offset, result, bool(fault), name, other, payload))

    @property
    def operations(self):
        """The numbered ones."""
        return [record for record in self.records if record.number]

    def before(self, number):
        """What had happened before operation `number`."""
        kept = []
        for record in self.records:
            if record.number >= number > 0 and record.number:
                break
            kept.append(record)
        return kept


@dataclass
class Inode:
    """A file with its bytes, or a folder with its names."""
    mode: int
    data: bytearray = None
    names: dict = None
    modified: int = None

    def copy(self):
        return Inode(
            self.mode, None if self.data is None else bytearray(self.data),
            None if self.names is None else dict(self.names), self.modified)


@dataclass
class Change:
    """One operation as a change of inodes: of one file's bytes, or of some folders' names."""
    index: int
    record: Operation
    inode: int = -1
    entries: list = field(default_factory=list)
    folders: tuple = ()


class Disk:
    """A folder as inodes, so that bytes and names can be lost apart from each other."""

    def __init__(self, root):
        self.root = os.path.abspath(root)
        self.inodes = {}
        self.next = 0
        known = {}
        self.top = self._read(self.root, known)

    def _add(self, inode):
        self.next += 1
        self.inodes[self.next] = inode
        return self.next

    def _read(self, path, known):
        status = os.lstat(path)
        if stat.S_ISDIR(status.st_mode):
            inode = Inode(stat.S_IMODE(status.st_mode), names={})
            for name in sorted(os.listdir(path)):
                if not name.endswith("-shm"):
                    inode.names[name] = self._read(os.path.join(path, name), known)
            return self._add(inode)
        if status.st_ino in known:
            return known[status.st_ino]
        with open(path, "rb") as file:
            data = bytearray(file.read())
        known[status.st_ino] = self._add(Inode(stat.S_IMODE(status.st_mode), data, None, status.st_mtime_ns))
        return known[status.st_ino]

    def copy(self):
        other = object.__new__(Disk)
        other.root, other.next, other.top = self.root, self.next, self.top
        other.inodes = {number: inode.copy() for number, inode in self.inodes.items()}
        return other

    def find(self, path):
        number = self.top
        for part in [part for part in os.path.relpath(path, self.root).split("/") if part != "."]:
            names = self.inodes[number].names
            if names is None or part not in names:
                return None
            number = names[part]
        return number

    def changes(self, records):
        """Does every record on this disk and says what each changed."""
        handles = {}
        made = []
        for index, record in enumerate(records):
            change = Change(index, record)
            kind = record.kind
            if kind == OPEN:
                handles[record.handle] = self.find(record.path)
                continue
            if kind in (MAPPED, PRINT, SYMLINK):
                continue
            if kind == SYNC:
                change.inode = handles[record.handle]
                made.append(change)
                continue
            if record.result < 0:
                continue
            folder = self.find(os.path.dirname(record.path))
            name = os.path.basename(record.path)
            if kind in (WRITE, TRUNCATE):
                change.inode = handles[record.handle]
            elif kind == CREATE:
                change.entries = [(folder, name, self._add(Inode(record.result, bytearray())))]
            elif kind == MKDIR:
                change.entries = [(folder, name, self._add(Inode(record.offset & 0o7777, names={})))]
            elif kind in (UNLINK, RMDIR):
                change.entries = [(folder, name, None)]
            elif kind == RENAME:
                to = self.find(os.path.dirname(record.other))
                moved = self.find(record.path)
                change.entries = [(folder, name, None), (to, os.path.basename(record.other), moved)]
            elif kind == LINK:
                to = self.find(os.path.dirname(record.other))
                change.entries = [(to, os.path.basename(record.other), self.find(record.path))]
            change.folders = tuple({entry[0] for entry in change.entries})
            self.apply(change)
            made.append(change)
        return made

    def apply(self, change, keep=None):
        """Does one change; of a write only the sectors that `keep` allows."""
        record = change.record
        if record.kind == WRITE:
            data = self.inodes[change.inode].data
            end = record.offset + len(record.data)
            if len(data) < end:
                data.extend(bytes(end - len(data)))
            for start, piece in _sectors(record, keep):
                data[start:start + len(piece)] = piece
            self.inodes[change.inode].modified = None
        elif record.kind == TRUNCATE:
            data = self.inodes[change.inode].data
            if len(data) > record.offset:
                del data[record.offset:]
            else:
                data.extend(bytes(record.offset - len(data)))
            self.inodes[change.inode].modified = None
        for folder, name, inode in change.entries:
            if inode is None:
                self.inodes[folder].names.pop(name, None)
            else:
                self.inodes[folder].names[name] = inode

    def write(self, folder):
        """Makes the folder what this disk says."""
        self._write(self.top, folder, {})

    def _write(self, number, path, written):
        inode = self.inodes[number]
        if inode.names is not None:
            os.mkdir(path, 0o700)
            for name, child in inode.names.items():
                self._write(child, os.path.join(path, name), written)
            os.chmod(path, inode.mode)
        elif number in written:
            os.link(written[number], path)
        else:
            written[number] = path
            with open(path, "wb") as file:
                file.write(inode.data)
            os.chmod(path, inode.mode)
            if inode.modified is not None:
                os.utime(path, ns=(inode.modified, inode.modified))

    def files(self):
        """Path from the root -> bytes; None for a folder."""
        found = {}

        def walk(number, path):
            inode = self.inodes[number]
            if inode.names is None:
                found[path] = bytes(inode.data)
            else:
                found[path + "/"] = None
                for name, child in inode.names.items():
                    walk(child, f"{path}/{name}" if path else name)
        walk(self.top, "")
        return found


def _sectors(record, keep):
    if keep is None:
        yield record.offset, record.data
        return
    size, allowed = keep
    place = 0
    while place < len(record.data):
        end = min(len(record.data), ((record.offset + place) // size + 1) * size - record.offset)
        if allowed((record.offset + place) // size):
            yield record.offset + place, record.data[place:end]
        place = end


class PowerLoss:
    """The disks that a loss of power could leave before an operation."""

    #: name -> what is lost of what was not synced
    VARIANTS = {
        "all lost": "every unsynced byte and every unsynced name",
        "bytes lost": "every unsynced byte; names are kept, as a disk does that writes names first",
        "names lost": "every unsynced name; bytes are kept",
        "ordered": "every unsynced byte; any sync keeps all earlier names, as a journalling file system does",
        "torn 512": "each unsynced sector of 512 B or name by chance",
        "torn 4096": "each unsynced block of 4 KiB or name by chance",
    }

    def __init__(self, before, records):
        """`before`: the disk as the command found it, which stays as it is."""
        self.before = before
        self.after = before.copy()
        self.changes = self.after.changes(records)
        # Inodes that were made meanwhile exist empty from the start, but have no name.
        self.start = before.copy()
        for number, inode in self.after.inodes.items():
            if number not in self.start.inodes:
                self.start.inodes[number] = Inode(
                    inode.mode, None if inode.data is None else bytearray(),
                    None if inode.names is None else {})
        self.start.next = self.after.next

    def pending(self, number, ordered=False):
        """Indices of changes before operation `number` that no sync has made durable."""
        happened = [c for c in self.changes if number == 0 or c.record.number < number]
        lost, waiting = set(), []
        for change in happened:
            if change.record.kind != SYNC:
                waiting.append(change)
                continue
            if change.record.result < 0:
                # What could not be synced once is clean to the system, and gone.
                bad = [c for c in waiting if c.inode == change.inode]
                lost.update(c.index for c in bad)
                waiting = [c for c in waiting if c not in bad]
                continue
            waiting = [
                c for c in waiting
                if not (c.inode == change.inode or change.inode in c.folders or (ordered and c.entries))
            ]
        return happened, lost | {c.index for c in waiting}

    def disk(self, number, variant, seed=0):
        """The disk, and a key that equal disks share."""
        happened, pending = self.pending(number, ordered=variant == "ordered")
        rng = random.Random(f"{seed}/{number}/{variant}")
        disk = self.start.copy()
        size = int(variant.split()[1]) if variant.startswith("torn") else 0
        cuts = {}
        if size:
            for folder in sorted({f for c in happened for f in c.folders}):
                own = [c.index for c in happened if folder in c.folders and c.index in pending]
                cuts[folder] = rng.choice([-1] + own) if own else -1
        kept = []
        for change in happened:
            if change.record.kind == SYNC:
                continue
            keep = None
            if change.index in pending:
                if size and change.entries:
                    if any(change.index > cuts[folder] for folder in change.folders):
                        continue
                elif size:
                    fate = rng.choice(["kept", "lost", "torn"])
                    if fate == "lost":
                        continue
                    if fate == "torn":
                        salt = rng.random()
                        keep = (size, lambda sector, salt=salt: random.Random(f"{salt}/{sector}").random() < 0.5)
                elif variant in ("all lost", "ordered"):
                    continue
                elif variant == "bytes lost" and not change.entries:
                    continue
                elif variant == "names lost" and change.entries:
                    continue
            kept.append(change.index if keep is None else -change.index - 1)
            disk.apply(change, keep)
        key = (variant if size else "", tuple(kept), seed if size and any(k < 0 for k in kept) else 0)
        return disk, key
