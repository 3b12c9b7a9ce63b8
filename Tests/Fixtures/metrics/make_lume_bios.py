"""Biographies of the 500 synthetic people of LUME with their typed values in canonical form.
Usage: make_lume_bios.py LUME_FOLDER > lume_bios.jsonl"""
import json, sys
people = {}
for name in ('forget', 'retain'):
    for line in open(f'{sys.argv[1]}/{name}.jsonl'):
        record = json.loads(line)
        people.setdefault(record['id'][:36], {})[record['id'][36:]] = record
for records in people.values():
    bio = records['sc1'] if 'sc1' in records else next(r for k, r in records.items() if k.startswith('sc'))
    answer = lambda number: records[f'qa{number}']['output']
    print(json.dumps({'prompt': bio['input'], 'completion': bio['output'], 'values': {
        'date-of-birth': answer(0), 'national-id': answer(1), 'phone': answer(2), 'address': answer(4)}}))
