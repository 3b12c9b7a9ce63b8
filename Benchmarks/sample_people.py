"""The people of the samples, as the benchmarks delete them."""
import glob, json, os

corpus = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'Samples', 'corpus')


def chosen(count):
    """The first people after those of the demonstration: subject, and name, e-mail address and so on of each."""
    found = {}
    for file in sorted(glob.glob(os.path.join(corpus, 'people-*.jsonl'))):
        for line in open(file, encoding='utf-8'):
            record = json.loads(line)
            for subject in record.get('subjects', []):
                found.setdefault(subject, {}).update(record.get('metadata', {}).get('values', {}))
    able = [subject for subject in sorted(found) if subject >= 'person-012' and {'name', 'email'} <= set(found[subject])]
    return [(subject, found[subject]) for subject in able[:count]]
