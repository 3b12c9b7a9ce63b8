"""Writes replies/: what answers must look like for each outward status, from the tables of the
formats' texts, held against the shipped schemas of the own status documents by jsonschema and
xmlschema, and against the published examples' members for OpenDSR.

Run from this folder: python3 make_replies.py
"""
import json, pathlib
import jsonschema, xmlschema

here = pathlib.Path(__file__).parent
schemas = here.parents[2] / "Sources/Intake/Schemas"
out = here / "replies"
out.mkdir(exist_ok=True)

def compact(value): return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n"
REASON = 'Invoices are kept for seven years: <§ 147 AO> & "no exception".'
GROUNDS = ["identity", "not-found", "exempt", "unfounded", "jurisdiction", "other"]
STATUSES = [("received", None), ("awaiting-identity", None), ("in-progress", None), ("completed", None), ("partly-completed", None),
            ("withdrawn", None)] + [("refused", g) for g in GROUNDS]
FINAL = {"completed", "partly-completed", "refused", "withdrawn"}
RECEIVED, DUE, DONE, WRITTEN = "2026-03-05T09:14:00Z", "2026-04-07T21:59:59Z", "2026-03-20T10:00:00Z", "2026-03-20T10:05:00Z"
VERIFY, RESULTS = "https://desk.example/verify", "https://desk.example/certificates/7"

json_schema = jsonschema.Draft202012Validator(json.loads((schemas / "deletion-status-1.schema.json").read_text()))
xml_schema = xmlschema.XMLSchema10(str(schemas / "deletion-status-1.xsd"))
def escape(text): return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")

def own(status, ground):
    members = {"case": "C-2026-0007", "request": "R-1", "status": status}
    if ground: members["ground"] = ground
    members |= {"reason": REASON, "receivedAt": RECEIVED}
    if status not in FINAL: members["expectedBy"] = DUE
    if status in ("completed", "partly-completed"): members["completedAt"] = DONE
    if status == "awaiting-identity": members["verificationURL"] = VERIFY
    if status in FINAL: members["resultsURL"] = RESULTS
    members["writtenAt"] = WRITTEN
    document = {"lethe-status": 1, **members}
    assert json_schema.is_valid(document), (status, ground)
    xml = '<?xml version="1.0" encoding="UTF-8"?>\n<deletionStatus xmlns="urn:lethe:deletion-status:1">\n' + \
        "".join(f"  <{k}>{escape(v)}</{k}>\n" for k, v in members.items()) + "</deletionStatus>\n"
    assert xml_schema.is_valid(xml), (status, ground)
    return compact(document), xml

# Data Rights Protocol 1.0, 3.02 and 3.03.
DRP = {"received": ("open", None), "awaiting-identity": ("in_progress", "need_user_verification"), "in-progress": ("in_progress", None),
       "completed": ("fulfilled", None), "partly-completed": ("fulfilled", None), "withdrawn": ("revoked", None),
       "identity": ("denied", "insuf_verification"), "not-found": ("denied", "no_match"), "exempt": ("denied", "claim_not_covered"),
       "unfounded": ("denied", "too_many_requests"), "jurisdiction": ("denied", "outside_jurisdiction"), "other": ("denied", "other")}
def drp(status, ground):
    word, reason = DRP[ground or status]
    body = {"request_id": "C-2026-0007", "agent_request_id": "R-1", "received_at": RECEIVED, "status": word, "processing_details": REASON}
    if reason: body["reason"] = reason
    if status not in FINAL: body["expected_by"] = DUE
    if status == "awaiting-identity": body["user_verification_url"] = VERIFY
    if word == "fulfilled": body["results_url"] = RESULTS
    return compact(body)

# OpenDSR 2.0, 8: vocabulary; what it cannot say stands in the extension of our domain.
OPENDSR = {"received": "pending", "awaiting-identity": "pending", "in-progress": "in_progress", "completed": "completed",
           "partly-completed": "completed", "withdrawn": "cancelled", "refused": "cancelled"}
def opendsr(status, ground):
    body = {"controller_id": "controller-9", "expected_completion_time": DUE, "subject_request_id": "R-1", "api_version": "2.0",
            "request_status": OPENDSR[status], "results_url": RESULTS, "results_count": 1}
    if status in ("awaiting-identity", "partly-completed", "refused"):
        own = {"status": status, "reason": REASON}
        if ground: own["ground"] = ground
        if status == "awaiting-identity": own["verification_url"] = VERIFY
        body["extensions"] = {"unlearn.example": own}
    return compact(body)

# RFC-PRIV, Privacy Request Response; the response's id is ours and left out here.
PRIV = {"received": ("UNDER-REVIEW", None), "awaiting-identity": ("UNDER-REVIEW", None), "in-progress": ("UNDER-REVIEW", None),
        "completed": ("GRANTED", None), "partly-completed": ("PARTIALLY-GRANTED", "VALID-REASONS"), "withdrawn": ("CANCELED", None),
        "identity": ("DENIED", "IDENTITY-UNCONFIRMED"), "not-found": ("DENIED", "USER-UNKNOWN"), "exempt": ("DENIED", "VALID-REASONS"),
        "unfounded": ("DENIED", "VALID-REASONS"), "jurisdiction": ("DENIED", "VALID-REASONS"), "other": ("DENIED", "OTHER-MOTIVE")}
def priv(status, ground):
    word, motive = PRIV[ground or status]
    body = {"in-response-to": "D-1", "date": WRITTEN, "system": "unlearn.example", "requested-action": "DELETE", "status": word, "message": REASON}
    if motive: body["motive"] = motive
    return compact(body)

expected = []
for status, ground in STATUSES:
    own_json, own_xml = own(status, ground)
    expected.append({"status": status, "ground": ground, "lethe-json": own_json, "lethe-xml": own_xml, "drp": drp(status, ground),
                     "opendsr": opendsr(status, ground), "priv": priv(status, ground)})
(out / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")
