"""Writes qr-masks.json: QR codes of one content in all eight masks, by the Python package qrcode.

usage: python3 -m venv v && v/bin/pip install qrcode==8.2 && v/bin/python make_qr.py > qr-masks.json
"""

import hashlib
import json
import sys

import qrcode

CONTENT = "lethe:sha256:" + hashlib.sha256(b"qr").hexdigest()
masks = []
for mask in range(8):
    code = qrcode.QRCode(
        version=5, error_correction=qrcode.constants.ERROR_CORRECT_M, mask_pattern=mask, border=0
    )
    data = qrcode.util.QRData(CONTENT.encode(), mode=qrcode.util.MODE_8BIT_BYTE)
    code.add_data(data, optimize=0)
    code.make(fit=False)
    masks.append(["".join("#" if module else "." for module in row) for row in code.modules])
json.dump({"content": CONTENT, "version": 5, "error": "M", "masks": masks}, sys.stdout, indent=1)
print()
