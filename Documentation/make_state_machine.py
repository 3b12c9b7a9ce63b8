#!/usr/bin/env python3
"""Writes the tables and the diagram of Documentation/StateMachine.md anew from the table in the program.

usage: make_state_machine.py [LETHE]      LETHE: the command, by default the one in .build

What stands before "## States" and the section "What the table does not show" are kept. Transitions that several states share
(same event, result, guards, effects and title) are one row."""
import json, os, subprocess, sys

here = os.path.dirname(os.path.abspath(__file__))
lethe = sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, '..', '.build', 'release', 'lethe')
page = os.path.join(here, 'StateMachine.md')


def run(*arguments):
    return subprocess.run([lethe, 'case', 'states', *arguments], capture_output=True, text=True, check=True).stdout


def table(head, rows):
    return '| ' + ' | '.join(head) + ' |\n|' + '---|' * len(head) + '\n' + ''.join('| ' + ' | '.join(row) + ' |\n' for row in rows)


def code(names):
    return ' '.join('`%s`' % name for name in names) or '-'


machine = json.loads(run('--json'))
text = open(page, encoding='utf-8').read()
intro = text[:text.index('## States')]
start = text.index('## What the table does not show')
kept = text[start:text.index('## Diagram')]
rows = {}
for row in machine['transitions']:
    stays = row['from'] == row['to']
    key = (row['event'], '(stays)' if stays else row['to'], tuple(row['guards']), tuple(row['effects']), row['title'], row['actor'],
           row['reasonRequired'])
    rows.setdefault(key, []).append(row['from'])
out = intro + '## States\n\n' + table(
    ['state', 'waits for', 'next duty', 'meaning'],
    [['`%s`' % s['id'], s.get('waitsFor') or '-', s['duty'], s['meaning']] for s in machine['states']])
out += '''
## Transitions

A guard is a condition on the facts that the event brings; all guards of a row must hold. Where several rows have the same state and
event, the first whose guards hold is taken. Where "by" has an asterisk, a reason must be given.

'''
out += table(['from', 'event', 'to', 'by', 'guards', 'effects', ''], [
    [code(sources), '`%s`' % event, '`%s`' % to if to != '(stays)' else 'as it was', actor + ('*' if reason else ''), code(guards),
     code(effects), title] for (event, to, guards, effects, title, actor, reason), sources in rows.items()])
for name in ('guards', 'effects'):
    out += '\n## %s\n\n' % name.capitalize() + table(
        ['id', 'meaning'], [['`%s`' % item['id'], item['meaning']] for item in machine[name]])
out += '\n' + kept + '## Diagram\n\n```mermaid\n' + run('--diagram').rstrip('\n') + '\n```\n'
open(page, 'w', encoding='utf-8').write(out)
