"""Writes own/ and expected.json: request files in the own forms, each with

- `schema`: whether an independent validator (jsonschema for JSON, xmlschema for XML) accepts it, and
- `requests`: what Python's own json or ElementTree reads, in normal form, for the files to be accepted.

Run from this folder: python3 make_requests.py
"""
import datetime, hashlib, importlib.metadata, json, pathlib, sys
import xml.etree.ElementTree as ElementTree
import jsonschema, xmlschema

here = pathlib.Path(__file__).parent
schemas = here.parents[2] / "Sources/Intake/Schemas"
own = here / "own"
own.mkdir(exist_ok=True)
for old in own.iterdir(): old.unlink()
NS = "urn:lethe:deletion-request:1"
good, bad = {}, {}

def person(**changes):
    request = {"lethe": 1, "id": "R-1", "subject": {"identifiers": [{"type": "email", "value": "mara.velde@example.net"}]}}
    request.update(changes)
    return {k: v for k, v in request.items() if v is not None}

def one(type_, value, **more): return {"identifiers": [{"type": type_, "value": value, **more}]}

kinds = [("email", "mara.velde@example.net"), ("phone", "+31 (0)20 555-0142"), ("name", "Mära Velde"),
         ("national-id", "900-51-4344"), ("address", "Keizersgracht 7 <b>, 1015 & \"Amsterdam\""),
         ("customer-id", "00042"), ("username", "m.velde"), ("date-of-birth", "1984-02-29"),
         ("record-id", "df8d2304-fb26"), ("text", "Mara's dog is called Plato. 🐕")]
full = person(id="2026/17-Ä", receivedAt="2026-03-05T09:14:00.250+01:00", regime="gdpr-eu", ground="art17-1-b",
    scope=["support-lm", "tickets 2025"], note="By post.\nSecond line,\twith a tab & <angle> \"quotes\" 'and' ]]>.",
    subject={"identifiers": [{"type": k, "value": v, "format": "raw"} for k, v in kinds] +
        [{"type": "email", "value": hashlib.sha256(b"mara.velde@example.net").hexdigest(), "format": "sha256"}]})
good["minimal.json"] = json.dumps(person())
good["full.json"] = json.dumps(full, indent=1, ensure_ascii=False)
good["escaped.json"] = json.dumps(full)
good["batch.json"] = json.dumps([person(), person(id="R-2", regime="ccpa"), person(id="R-3", receivedAt="2024-02-29")])
hashes = [(k, getattr(hashlib, h)(v.encode()).hexdigest(), h) for k, v in (kinds[0], kinds[5]) for h in ("sha256", "sha1", "md5")]
good["hashes.json"] = json.dumps(person(subject={"identifiers": [{"type": k, "value": v, "format": h} for k, v, h in hashes]}))
good["scope-string.json"] = json.dumps(person(scope="support-lm", regime="gdpr-uk"))
good["scope-empty.json"] = json.dumps(person(scope=[]))

bad["version.json"] = json.dumps(person(lethe=2))
bad["version-missing.json"] = json.dumps(person(lethe=None))
bad["version-text.json"] = json.dumps(person(lethe="1"))
bad["id-missing.json"] = json.dumps(person(id=None))
bad["id-number.json"] = json.dumps(person(id=7))
bad["id-empty.json"] = json.dumps(person(id=""))
bad["id-blank.json"] = json.dumps(person(id="  "))
bad["id-control.json"] = json.dumps(person(id="a\u0007b"))
bad["id-long.json"] = json.dumps(person(id="x" * 257))
bad["unknown-key.json"] = json.dumps(person(recievedAt="2026-03-05"))
bad["unknown-key-in-identifier.json"] = json.dumps(person(subject=one("email", "a@b.example", kind="work")))
bad["key-like-address.json"] = json.dumps(person(**{"mara.velde@example.net": True}))
bad["subject-missing.json"] = json.dumps(person(subject=None))
bad["subject-text.json"] = json.dumps(person(subject="mara"))
bad["identifiers-missing.json"] = json.dumps(person(subject={}))
bad["identifiers-empty.json"] = json.dumps(person(subject={"identifiers": []}))
bad["identifiers-many.json"] = json.dumps(person(subject={"identifiers": [{"type": "name", "value": f"n{i}"} for i in range(257)]}))
bad["type-unknown.json"] = json.dumps(person(subject=one("e-mail", "a@b.example")))
bad["value-missing.json"] = json.dumps(person(subject={"identifiers": [{"type": "email"}]}))
bad["value-empty.json"] = json.dumps(person(subject=one("name", "")))
bad["value-number.json"] = json.dumps(person(subject=one("customer-id", 42)))
bad["value-control.json"] = json.dumps(person(subject=one("name", "Mara\u0085Velde")))
bad["value-nul.json"] = json.dumps(person(subject=one("name", "Mara\u0000")))
bad["value-long.json"] = json.dumps(person(subject=one("text", "x" * 4097)))
bad["email-no-at.json"] = json.dumps(person(subject=one("email", "mara.velde")))
bad["email-two-at.json"] = json.dumps(person(subject=one("email", "mara@velde@example.net")))
bad["email-space.json"] = json.dumps(person(subject=one("email", "mara @example.net")))
bad["email-no-domain.json"] = json.dumps(person(subject=one("email", "mara@")))
bad["phone-short.json"] = json.dumps(person(subject=one("phone", "+31 20")))
bad["birth-date-words.json"] = json.dumps(person(subject=one("date-of-birth", "December 31, 1984")))
bad["birth-date-impossible.json"] = json.dumps(person(subject=one("date-of-birth", "1985-02-29")))
bad["hash-upper.json"] = json.dumps(person(subject=one("email", "A" * 64, format="sha256")))
bad["hash-short.json"] = json.dumps(person(subject=one("email", "a" * 63, format="sha256")))
bad["hash-sha1-long.json"] = json.dumps(person(subject=one("email", "a" * 64, format="sha1")))
bad["hash-md5-upper.json"] = json.dumps(person(subject=one("email", "A" * 32, format="md5")))
bad["format-sha512.json"] = json.dumps(person(subject=one("email", "a" * 128, format="sha512")))
bad["time-words.json"] = json.dumps(person(receivedAt="5 March 2026"))
bad["time-impossible.json"] = json.dumps(person(receivedAt="2026-02-29T10:00:00Z"))
bad["time-no-offset.json"] = json.dumps(person(receivedAt="2026-03-05T09:14:00"))
bad["regime-unknown.json"] = json.dumps(person(regime="gdpr"))
bad["ground-null.json"] = '{"lethe": 1, "id": "R", "subject": {"identifiers": [{"type": "name", "value": "M"}]}, "ground": null}'
bad["scope-number.json"] = json.dumps(person(scope=[1]))
bad["note-control.json"] = json.dumps(person(note="a\u0001"))
bad["array-empty.json"] = "[]"
bad["array-of-text.json"] = json.dumps([person(), "lethe"])
bad["duplicate-id.json"] = json.dumps([person(), person(id="R-2"), person()])
bad["duplicate-key.json"] = '{"lethe": 1, "id": "R-1", "id": "R-2", "subject": {"identifiers": [{"type": "name", "value": "M"}]}}'
bad["trailing-comma.json"] = '{"lethe": 1,\n "id": "R-1",\n "subject": {"identifiers": [{"type": "name", "value": "M"},]}}'
bad["unclosed.json"] = '{"lethe": 1, "id": "R-1", "subject": {"identifiers": ['

def xml(body, root="deletionRequest", attributes='id="R-1"', ns=NS):
    return f'<{root} xmlns="{ns}" {attributes}>{body}</{root}>'
SUBJECT = '<subject><identifier type="email">mara.velde@example.net</identifier></subject>'
def escape(text): return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

full_body = "\n  <subject>\n" + "".join(f'    <identifier type="{i["type"]}" format="{i["format"]}">{escape(i["value"])}</identifier>\n'
    for i in full["subject"]["identifiers"]) + "  </subject>\n  <ground>art17-1-b</ground>\n" + \
    "".join(f"  <scope>{s}</scope>\n" for s in full["scope"]) + f"  <note>{escape(full['note'])}</note>\n"
full_attributes = f'id="{full["id"]}" receivedAt="{full["receivedAt"]}" regime="gdpr-eu"'
good["minimal.xml"] = xml(SUBJECT)
good["full.xml"] = '<?xml version="1.0" encoding="UTF-8"?>\n' + xml(full_body, attributes=full_attributes)
good["hashes.xml"] = xml("<subject>" + "".join(f'<identifier type="{k}" format="{h}">{v}</identifier>' for k, v, h in hashes) + "</subject>")
good["single-quotes.xml"] = "<?xml version='1.0' encoding = 'utf-8' standalone='yes'?>\n" + xml(SUBJECT)
good["byte-order-mark.xml"] = "\ufeff" + xml(SUBJECT)
good["prefixed.xml"] = f'<d:deletionRequest xmlns:d="{NS}" id="R-1"><d:subject><d:identifier type="name">M</d:identifier></d:subject></d:deletionRequest>'
good["cdata-and-comments.xml"] = '<?style a?><!-- <!DOCTYPE no> -->' + xml(
    '<subject><identifier type="name">M<!-- x -->ar<![CDATA[a & <V>]]>&#101;l&#x64;e &amp; &quot;</identifier></subject>')
good["batch.xml"] = f'<deletionRequests xmlns="{NS}">\n' + "".join(
    f'<deletionRequest id="R-{i}">{SUBJECT}</deletionRequest>\n' for i in (1, 2, 3)) + "</deletionRequests>"

bad["root.xml"] = xml(SUBJECT, root="erasureRequest")
bad["namespace-missing.xml"] = f'<deletionRequest id="R-1">{SUBJECT}</deletionRequest>'
bad["namespace-version.xml"] = xml(SUBJECT, ns="urn:lethe:deletion-request:2")
bad["id-missing.xml"] = xml(SUBJECT, attributes="")
bad["id-empty.xml"] = xml(SUBJECT, attributes='id=""')
bad["attribute-unknown.xml"] = xml(SUBJECT, attributes='id="R-1" lang="nl"')
bad["element-unknown.xml"] = xml(SUBJECT + "<callback>x</callback>")
bad["element-twice.xml"] = xml(SUBJECT + SUBJECT)
bad["order.xml"] = xml("<note>first</note>" + SUBJECT)
bad["subject-missing.xml"] = xml("<ground>art17-1-b</ground>")
bad["subject-empty.xml"] = xml("\n<subject/>")
bad["type-missing.xml"] = xml("<subject><identifier>M</identifier></subject>")
bad["type-unknown.xml"] = xml('\n<subject>\n<identifier type="e-mail">M</identifier></subject>')
bad["value-empty.xml"] = xml('<subject><identifier type="name"></identifier></subject>')
bad["value-line-break.xml"] = xml('<subject><identifier type="name">Mara\nVelde</identifier></subject>')
bad["value-element.xml"] = xml('<subject><identifier type="name"><b>M</b></identifier></subject>')
bad["email-two-at.xml"] = xml('<subject>\n\n<identifier type="email">a@b@c</identifier></subject>')
bad["hash-short.xml"] = xml('<subject><identifier type="email" format="sha256">abc</identifier></subject>')
bad["hash-md5-short.xml"] = xml(f'<subject><identifier type="email" format="md5">{"a" * 31}</identifier></subject>')
bad["format-sha512.xml"] = xml(f'<subject><identifier type="email" format="sha512">{"a" * 128}</identifier></subject>')
bad["time-words.xml"] = xml(SUBJECT, attributes='id="R-1" receivedAt="yesterday"')
bad["time-impossible.xml"] = xml(SUBJECT, attributes='id="R-1" receivedAt="2026-02-29"')
bad["regime-unknown.xml"] = xml(SUBJECT, attributes='id="R-1" regime="gdpr"')
bad["text-between.xml"] = xml("Dear sirs, " + SUBJECT)
bad["batch-empty.xml"] = f'<deletionRequests xmlns="{NS}"/>'
bad["duplicate-id.xml"] = f'<deletionRequests xmlns="{NS}">' + f'\n<deletionRequest id="R-1">{SUBJECT}</deletionRequest>' * 2 + "</deletionRequests>"
bad["schema-location.xml"] = xml(SUBJECT, attributes=f'id="R-1" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="{NS} other.xsd"')
bad["xsi-type.xml"] = xml(SUBJECT, attributes='id="R-1" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="DeletionRequest"')
bad["doctype.xml"] = "<!DOCTYPE deletionRequest>\n" + xml(SUBJECT)
bad["doctype-internal.xml"] = '<?xml version="1.0"?>\n<!DOCTYPE deletionRequest [<!ENTITY m "Mara">]>\n' + xml('<subject><identifier type="name">&m;</identifier></subject>')
bad["doctype-external.xml"] = '<!DOCTYPE deletionRequest SYSTEM "file:///etc/passwd">' + xml(SUBJECT)
bad["entity.xml"] = xml('\n<subject><identifier type="name">&nbsp;</identifier></subject>')
bad["latin-1.xml"] = '<?xml version="1.0" encoding="ISO-8859-1"?>' + xml(SUBJECT)
bad["utf-7.xml"] = "<?xml version='1.0' encoding='UTF-7'?>" + xml(SUBJECT)
bad["tag-mismatch.xml"] = f'<deletionRequest xmlns="{NS}" id="R-1">\n<subject></sübject></deletionRequest>'
bad["prefix-undeclared.xml"] = xml("<x:subject/>")
bad["text-after.xml"] = xml(SUBJECT) + "\nmore"
bad["ampersand.xml"] = xml('<subject><identifier type="address">A & B</identifier></subject>')
bad["deep.xml"] = xml("<subject>" * 200 + "</subject>" * 200)
bad["very-deep.xml"] = xml("<subject>" * 5000 + "</subject>" * 5000)

def seconds(text):
    if text is None: return None
    if len(text) == 10: text += "T00:00:00Z"
    return int(datetime.datetime.fromisoformat(text).timestamp() // 1)

def normal_json(text):
    document = json.loads(text)
    def listed(scope): return [scope] if isinstance(scope, str) else scope or []
    return [{"id": r["id"], "receivedAt": seconds(r.get("receivedAt")), "regime": r.get("regime"), "ground": r.get("ground"),
             "scope": listed(r.get("scope")), "note": r.get("note"),
             "identifiers": [[i["type"], i["value"], i.get("format", "raw")] for i in r["subject"]["identifiers"]]}
            for r in (document if isinstance(document, list) else [document])]

def normal_xml(text):
    root = ElementTree.fromstring(text.encode())
    tag = lambda name: "{%s}%s" % (NS, name)
    def text_of(element): return None if element is None else "".join(element.itertext())
    return [{"id": r.get("id"), "receivedAt": seconds(r.get("receivedAt")), "regime": r.get("regime"),
             "ground": text_of(r.find(tag("ground"))), "scope": [text_of(s) for s in r.findall(tag("scope"))],
             "note": text_of(r.find(tag("note"))),
             "identifiers": [[i.get("type"), text_of(i), i.get("format", "raw")] for i in r.find(tag("subject")).findall(tag("identifier"))]}
            for r in (root.findall(tag("deletionRequest")) if root.tag == tag("deletionRequests") else [root])]

json_schema = json.loads((schemas / "deletion-request-1.schema.json").read_text())
jsonschema.Draft202012Validator.check_schema(json_schema)
json_validator = jsonschema.Draft202012Validator(json_schema)
xml_validator = xmlschema.XMLSchema10(str(schemas / "deletion-request-1.xsd"))

def verdict(name, text):
    try:
        if name.endswith(".json"): return json_validator.is_valid(json.loads(text))
        return xml_validator.is_valid(ElementTree.fromstring(text.encode()))
    except (ValueError, ElementTree.ParseError, LookupError, RecursionError): return False

expected = {"python": sys.version.split()[0], "jsonschema": importlib.metadata.version("jsonschema"),
            "xmlschema": importlib.metadata.version("xmlschema"), "good": [], "bad": []}
for name, text in good.items():
    (own / name).write_text(text, newline="")
    assert verdict(name, text), name
    expected["good"].append({"file": name, "requests": (normal_json if name.endswith(".json") else normal_xml)(text)})
for name, text in bad.items():
    (own / name).write_text(text, newline="")
    expected["bad"].append({"file": name, "schema": verdict(name, text)})
(here / "expected.json").write_text(json.dumps(expected, indent=1, ensure_ascii=True) + "\n")
print([b["file"] for b in expected["bad"] if b["schema"]])
