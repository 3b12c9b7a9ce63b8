#!/usr/bin/env python3
"""Checks an exported certificate with programs that know nothing of Lethe, and then with bits turned over.

    Tests/Interoperability/check_certificate.py FOLDER --lethe BINARY [--flips N] [--seed S]

FOLDER is what `lethe certificate export` wrote. The commands that the page prints are run as they stand
there. Needs openssl 3, jq, base64, ssh-keygen, and the packages of requirements.txt; `tidy` where it is
installed, and for PDF files pdfinfo, pdffonts and pdftotext. Exit status 0: all as it should be.
"""
import argparse
import base64
import hashlib
import html
import importlib.util
import json
import random
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from securesystemslib.dsse import Envelope
from securesystemslib.signer import SSlibKey

HERE = Path(__file__).resolve().parent
ENVELOPE, STATEMENT = "certificate.dsse.json", "statement.json"
SIGNATURE, PROOF, KEY = "statement.json.sig", "certificate.tlog-proof", "lethe-public-key.pem"


def sample_script():
    spec = importlib.util.spec_from_file_location("sample", HERE.parent.parent / "Samples/verify_certificate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def printed_commands(folder):
    page = (folder / "certificate.html").read_text("utf-8")
    return [html.unescape(text) for text in re.findall(r"<li><p>[^<]*</p>\s*<pre><code>(.*?)</code></pre></li>", page, re.S)]


class Verifiers:
    """Each takes a folder and says whether the certificate in it is accepted."""

    def __init__(self, folder, lethe):
        self.lethe, self.sample = lethe, sample_script()
        self.pem = (folder / KEY).read_bytes()
        self.public = serialization.load_pem_public_key(self.pem)
        der = self.public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        self.library_key = SSlibKey.from_crypto(self.public, keyid=hashlib.sha256(der).hexdigest())
        commands = printed_commands(folder)
        self.openssl_commands = commands[:3]
        self.ssh_command = next(command for command in commands if command.startswith("ssh-keygen"))

    @staticmethod
    def shell(command, folder):
        return subprocess.run(["bash", "-o", "pipefail", "-ec", command], cwd=folder, capture_output=True, text=True, errors="replace")

    def by_openssl(self, folder):
        done = self.shell("\n".join(self.openssl_commands), folder)
        return done.returncode == 0 and "Signature Verified Successfully" in done.stdout

    def by_ssh(self, folder):
        return self.shell(self.ssh_command, folder).returncode == 0

    def by_securesystemslib(self, folder):
        try:
            envelope = Envelope.from_dict(json.loads((folder / ENVELOPE).read_bytes()))
            return bool(envelope.verify([self.library_key], 1))
        except Exception:  # whatever it is that it does not accept
            return False

    def by_sample(self, folder):
        try:
            return bool(self.sample.check(folder, self.public))
        except Exception:
            return False

    def by_lethe(self, folder):
        done = subprocess.run([self.lethe, "certificate", "verify", str(folder), "--key", KEY],
                              cwd=folder, capture_output=True)
        if done.returncode not in (0, 2, 5):
            raise SystemExit(f"lethe ended with {done.returncode}: {done.stderr.decode(errors='replace')}")
        return done.returncode == 0

    def of(self, name):
        """Who covers a file."""
        return {
            ENVELOPE: [self.by_openssl, self.by_securesystemslib, self.by_sample, self.by_lethe],
            STATEMENT: [self.by_ssh], SIGNATURE: [self.by_ssh],
            PROOF: [self.by_sample, self.by_lethe],
        }[name]


def taken(data, names_too):
    """What a verifier takes out of an envelope: content and signature, and what names them where it looks at
    that. None if it cannot be read at all."""
    try:
        envelope = json.loads(data)
        row = envelope["signatures"][0]
        names = [envelope["payloadType"], row["keyid"]] if names_too else []
        return names + [base64.b64decode(envelope["payload"]), base64.b64decode(row["sig"])]
    except Exception:
        return None


def covers(verifier, name, before, after):
    """Whether the turned bit lies in what a verifier looks at. The script and Lethe look at every bit; the
    printed commands take type and key as given; what decodes to the same bytes is no change to them or to the
    library."""
    if name != ENVELOPE or verifier.__name__ in ("by_sample", "by_lethe"):
        return True
    names_too = verifier.__name__ != "by_openssl"
    return taken(before, names_too) != taken(after, names_too)


def flip_bits(folder, verifiers, count, seed):
    generator, accepted, made = random.Random(seed), [], {}
    files = [ENVELOPE, STATEMENT, SIGNATURE, PROOF]
    contents = {name: (folder / name).read_bytes() for name in files}
    with tempfile.TemporaryDirectory() as place:
        work = Path(place) / "bundle"
        shutil.copytree(folder, work)
        for number in range(count):
            name = files[number % len(files)]
            data = bytearray(contents[name])
            bit = generator.randrange(len(data) * 8)
            data[bit // 8] ^= 1 << bit % 8
            (work / name).write_bytes(data)
            for verifier in verifiers.of(name):
                if not covers(verifier, name, contents[name], bytes(data)):
                    continue
                made[verifier.__name__] = made.get(verifier.__name__, 0) + 1
                if verifier(work):
                    accepted.append(f"{verifier.__name__} accepts {name} with bit {bit} turned over")
            for other in files:  # openssl's commands write the statement
                (work / other).write_bytes(contents[other])
    return accepted, made


def check_pdf(pdf):
    def run(*command):
        return subprocess.run([*command, str(pdf)], capture_output=True, text=True).stdout
    text = subprocess.run(["pdftotext", "-layout", str(pdf), "-"], capture_output=True, text=True).stdout
    case = json.loads((pdf.parent / STATEMENT).read_bytes())["predicate"]["case"]
    info, fonts = run("pdfinfo"), run("pdffonts").splitlines()[2:]
    problems = [
        word for word, holds in [
            ("the case is not in the text", case in text),
            ("no umlaut in the German text", ".de." not in pdf.name or "ü" in text),
            ("not two pages", re.search(r"^Pages:\s+2$", info, re.M)),
            ("not A4", "(A4)" in info),
            ("a font is not embedded", fonts and all(re.search(r" yes (yes|no) +(yes|no) +\d+ +\d+$", row) for row in fonts)),
        ] if not holds]
    return not problems, "; ".join(problems)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--lethe", required=True, type=lambda path: str(Path(path).resolve()))
    parser.add_argument("--flips", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=20261121)
    options = parser.parse_args()
    failed = []

    def report(name, holds, detail=""):
        print(f"{'ok  ' if holds else 'FAIL'} {name} {detail}".rstrip())
        if not holds:
            failed.append(name)

    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "bundle"
        shutil.copytree(options.folder, folder)
        verifiers = Verifiers(folder, options.lethe)
        report("openssl, jq and base64, as printed on the page", verifiers.by_openssl(folder))
        report("ssh-keygen -Y verify, as printed on the page", verifiers.by_ssh(folder))
        report("securesystemslib", verifiers.by_securesystemslib(folder))
        report("Samples/verify_certificate.py", verifiers.by_sample(folder))
        report("lethe certificate verify", verifiers.by_lethe(folder))
        schema = subprocess.run(
            [sys.executable, "-m", "check_jsonschema", "--schemafile", "deletion-v2.schema.json", STATEMENT],
            cwd=folder, capture_output=True, text=True)
        report("check-jsonschema", schema.returncode == 0, schema.stdout[-400:] if schema.returncode else "")
        pages = sorted(folder.glob("*.html"))
        if shutil.which("tidy"):
            tidy = subprocess.run(["tidy", "-q", "-e", *map(str, pages)], capture_output=True, text=True)
            report("tidy", tidy.returncode == 0, tidy.stderr[-400:])
        else:
            print("--   tidy is not installed")
        for pdf in sorted(folder.glob("*.pdf")):
            report(f"{pdf.name}: text, fonts and two pages of A4", *check_pdf(pdf))
        accepted, made = flip_bits(folder, verifiers, options.flips, options.seed)
        report(f"{options.flips} turned bits", not accepted,
               ", ".join(f"{name} {count}" for name, count in sorted(made.items())))
        for line in accepted[:20]:
            print("    ", line)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
